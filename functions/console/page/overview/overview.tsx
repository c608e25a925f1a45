import { useQuery } from '@tanstack/preact-query';
import { useMemo } from 'preact/hooks';
import type { Status, SyncState } from '../data/api-types.ts';
import { agents as agentsQuery, latestRuns, lostPoints, unscoredRuns, useStatus } from '../data/queries.ts';
import { Drawers } from '../drawers.tsx';
import { ReviewOrphans } from '../operations/review-orphans.tsx';
import { useOperations } from '../operations/use-operations.tsx';
import { goTo } from '../routing/navigation.ts';
import { href } from '../routing/route.ts';
import { OpenSetUp } from '../settings/checklist.tsx';
import { Badge } from '../ui/badge.tsx';
import { Loading } from '../ui/loading.tsx';
import { Time } from '../ui/time.tsx';
import { listDiscrepancies } from './attention.ts';
import { Figures } from './figures.tsx';
import { type Headline, headline } from './headline.ts';
import { NeedsAttention } from './needs-attention.tsx';
import { agentStats } from './stats.ts';
import { Trend } from './trend.tsx';
import { trendPoints } from './trend-points.ts';

const NONE: readonly never[] = [];

/** The state of both sides, its trend, and what to fix. */
export function Overview() {
  const status = useStatus();
  const { data: agents } = useQuery(agentsQuery);
  const { data: runs = NONE } = useQuery(latestRuns);
  const { data: lost = NONE } = useQuery(lostPoints(status?.trend.at(-1)?.run_id ?? null));
  const { data: unscored = NONE } = useQuery(unscoredRuns);
  const points = useMemo(() => trendPoints(status?.trend ?? NONE, [...runs, ...unscored]), [status, runs, unscored]);
  const discrepancies = useMemo(() => listDiscrepancies(agents ?? NONE, lost), [agents, lost]);
  if (status === undefined || agents === undefined) return <Loading what="the state of both sides" />;
  const shown = headline(status, agentStats(agents));
  return (
    <>
      <section class="panel instrument" aria-label="Health">
        <Health status={status} shown={shown} />
        <Trend points={points} />
      </section>
      <Figures agents={agents} lastKnown={shown.lastKnown} isCompared={status.summary !== null} />
      <NeedsAttention discrepancies={discrepancies} agents={agents} status={status} runs={runs} />
      <OpenSetUp />
      <Drawers kind="agent" ids={discrepancies.map(({ agent_id }) => agent_id)} />
    </>
  );
}

interface HealthProps {
  status: Status;
  shown: Headline;
}

function Health({ status, shown: { state, label, sentence, lastKnown } }: HealthProps) {
  return (
    <div class="health">
      <h1 class="muted" tabIndex={-1}>
        Health
      </h1>
      <div class={`score${lastKnown ? ' last-known' : ''}`}>
        <span>{status.health_score ?? '–'}</span>
        <div>
          <Badge {...label} />
          <p class="muted">
            <AsOf as_of={status.as_of} lastKnown={lastKnown} />
          </p>
        </div>
      </div>
      <p class="sentence">{sentence}</p>
      <HealthActions state={state} isScored={status.health_score !== null} />
    </div>
  );
}

function AsOf({ as_of, lastKnown }: { as_of: string | null; lastKnown: boolean }) {
  if (as_of === null) return <>never compared</>;
  return (
    <>
      {lastKnown ? 'last known' : 'verified'} <Time at={as_of} />
    </>
  );
}

function HealthActions({ state, isScored }: { state: SyncState; isScored: boolean }) {
  const { busy, start } = useOperations();
  const planFirstSync = () => {
    goTo(href('operations'));
    start('dry_run');
  };
  return (
    <div class="actions">
      {state === 'needs_confirmation' && <ReviewOrphans />}
      <button
        type="button"
        class={state === 'needs_confirmation' ? 'secondary' : undefined}
        disabled={busy !== null}
        onClick={() => start('sync')}
      >
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
