import { useQuery } from '@tanstack/preact-query';
import { useMemo } from 'preact/hooks';
import { agents as agentsQuery, latestRuns, lostPoints, unscoredRuns, useStatus } from '../data/queries.ts';
import { Drawers } from '../drawers.tsx';
import { OpenSetUp } from '../settings/checklist.tsx';
import { Loading } from '../ui/loading.tsx';
import { listDiscrepancies } from './attention.ts';
import { Figures } from './figures.tsx';
import { headline } from './headline.ts';
import { Health } from './health.tsx';
import { NeedsAttention } from './needs-attention.tsx';
import { agentStats } from './stats.ts';
import { Trend } from './trend.tsx';
import { trendPoints, unscoredComparisons } from './trend-points.ts';

const NONE: readonly never[] = [];

/** The state of both sides, its trend, and what to fix. */
export function Overview() {
  const status = useStatus();
  const { data: agents } = useQuery(agentsQuery);
  const { data: runs = NONE } = useQuery(latestRuns);
  const { data: lost = NONE } = useQuery(lostPoints(status?.trend.at(-1)?.run_id ?? null));
  const { data: older = NONE } = useQuery(unscoredRuns(runs));
  const { data: latest = NONE } = useQuery({ ...latestRuns, select: unscoredComparisons });
  const trend = status?.trend ?? NONE;
  const points = useMemo(() => trendPoints(trend, [...latest, ...older]), [trend, latest, older]);
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
