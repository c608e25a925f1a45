import { useQuery } from '@tanstack/preact-query';
import { useMemo } from 'preact/hooks';
import type { Status } from '../data/api-types.ts';
import { agents as agentsQuery, latestRuns, lostPoints, status as statusQuery } from '../data/queries.ts';
import { Drawers } from '../drawers.tsx';
import { useOperations } from '../operations/use-operations.tsx';
import { goTo } from '../routing/navigation.ts';
import { href } from '../routing/route.ts';
import { OpenSetUp } from '../settings/checklist.tsx';
import { Badge } from '../ui/badge.tsx';
import { Loading } from '../ui/loading.tsx';
import { Time } from '../ui/time.tsx';
import { Figures } from './figures.tsx';
import { headline, SYNC_STATES } from './headline.ts';
import { listDiscrepancies, NeedsAttention } from './needs-attention.tsx';
import { type AgentStats, agentStats } from './stats.ts';
import { Trend } from './trend.tsx';
import { trendPoints } from './trend-points.ts';

const NONE: readonly never[] = [];

/** The state of both sides, its trend, and what to fix. */
export function Overview() {
  const { data: status } = useQuery(statusQuery);
  const { data: agents } = useQuery(agentsQuery);
  const { data: runs = NONE } = useQuery(latestRuns);
  const { data: lost = NONE } = useQuery(lostPoints(status?.trend.at(-1)?.run_id ?? null));
  const stats = useMemo(() => agentStats(agents ?? NONE), [agents]);
  const points = useMemo(() => trendPoints(status?.trend ?? NONE, runs), [status, runs]);
  const listed = useMemo(() => listDiscrepancies(agents ?? NONE, lost), [agents, lost]);
  return (
    <>
      {status === undefined || agents === undefined ? (
        <Loading what="the state of both sides" />
      ) : (
        <>
          <section class="panel instrument" aria-label="Health">
            <Health status={status} stats={stats} />
            <Trend points={points} />
          </section>
          <Figures stats={stats} inRetell={status.summary?.total_retell_agents ?? null} />
          <NeedsAttention listed={listed} status={status} />
          <OpenSetUp />
        </>
      )}
      <Drawers kind="agent" ids={listed.map(({ agent_id }) => agent_id)} />
    </>
  );
}

interface HealthProps {
  status: Status;
  stats: AgentStats;
}

function Health({ status, stats }: HealthProps) {
  const { state, sentence, lastKnown } = headline(status, stats);
  return (
    <div class="health">
      <h1 class="muted" tabIndex={-1}>
        Health
      </h1>
      <p class={`score${lastKnown ? ' last-known' : ''}`}>
        <span>{status.health_score ?? '–'}</span>
        <Badge {...SYNC_STATES[state]} />
      </p>
      <p class="sentence">{sentence}</p>
      <HealthActions isScored={status.health_score !== null} />
      <p class="muted">
        {status.last_check === null ? (
          'Never checked'
        ) : (
          <>
            {lastKnown ? 'Last known' : 'Checked'} <Time at={status.last_check} />
          </>
        )}
      </p>
    </div>
  );
}

function HealthActions({ isScored }: { isScored: boolean }) {
  const { busy, start } = useOperations();
  const planFirstSync = () => {
    goTo(href('operations'));
    start('dry_run');
  };
  return (
    <div class="actions">
      <button type="button" disabled={busy !== null} onClick={() => start('sync')}>
        Sync now
      </button>
      {isScored ? (
        <button type="button" class="secondary" disabled={busy !== null} onClick={() => start('check')}>
          Check again
        </button>
      ) : (
        <button type="button" class="secondary" disabled={busy !== null} onClick={planFirstSync}>
          Dry run
        </button>
      )}
    </div>
  );
}
