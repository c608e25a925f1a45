import { useQuery } from '@tanstack/preact-query';
import type { AgentOverview, Run, Status } from '../data/api-types.ts';
import { status as statusQuery } from '../data/queries.ts';
import { useOperations } from '../operations/use-operations.tsx';
import { href } from '../routing/route.ts';
import { Badge } from '../ui/badge.tsx';
import { count } from '../ui/format.ts';
import { Panel } from '../ui/panel.tsx';
import { ShortList } from '../ui/short-list.tsx';
import { blockedRun, type ListedDiscrepancy, listWarnings } from './attention.ts';
import { BlockedEntry } from './blocked-entry.tsx';
import { Conflict } from './conflict.tsx';
import { Discrepancy } from './discrepancy.tsx';
import { WarningEntry } from './warning-entry.tsx';

/** Entries shown; a link leads to the rest. */
const SHOWN = 10;

interface NeedsAttentionProps {
  discrepancies: readonly ListedDiscrepancy[];
  agents: readonly AgentOverview[];
  status: Status;
  runs: readonly Run[];
}

/** Everything that is blocked, out of sync, undecided or likely to drift, each with what to do about it. */
export function NeedsAttention({ discrepancies, agents, status, runs }: NeedsAttentionProps) {
  // The service's own state: a failed request for it must not close an open confirmation.
  const { data: known = status } = useQuery(statusQuery);
  const blocked = blockedRun(known, runs);
  const warnings = listWarnings(status);
  const { conflicts } = status;
  const listed = discrepancies.length + conflicts.length + warnings.length + (blocked === null ? 0 : 1);
  return (
    <Panel title="Needs attention" actions={discrepancies.length > 1 && <FixAll number={discrepancies.length} />}>
      {listed === 0 && <Nothing status={status} />}
      {blocked !== null && (
        <ul class="items">
          <BlockedEntry blocked={blocked} status={known} />
        </ul>
      )}
      {discrepancies.length > 0 && (
        <ul class="items">
          {discrepancies.slice(0, SHOWN).map((discrepancy) => (
            <Discrepancy key={discrepancy.agent_id} discrepancy={discrepancy} />
          ))}
        </ul>
      )}
      {discrepancies.length > SHOWN && (
        <p>
          <a href={href('agents', { state: 'out_of_step' })}>Show all {count(discrepancies.length)} out of sync</a>
        </p>
      )}
      {conflicts.length > 0 && (
        <ShortList items={conflicts} class="items">
          {(conflict) => <Conflict key={conflict.agent_id} conflict={conflict} />}
        </ShortList>
      )}
      {warnings.length > 0 && (
        <ShortList items={warnings} class="items">
          {(warning) => <WarningEntry key={warning.text} warning={warning} agents={agents} />}
        </ShortList>
      )}
    </Panel>
  );
}

function FixAll({ number }: { number: number }) {
  const { busy, start } = useOperations();
  return (
    <button type="button" class="secondary small" disabled={busy !== null} onClick={() => start('sync')}>
      Fix all {count(number)}
    </button>
  );
}

/** Green only if both sides are known to be in sync. */
function Nothing({ status: { state, as_of } }: { status: Status }) {
  if (as_of === null) return <p class="empty">Known after the first check.</p>;
  if (state !== 'in_sync')
    return <p class="empty">Nothing is listed, but both sides may have changed since they were last compared.</p>;
  return (
    <p class="empty">
      <Badge tone="good" word="Nothing" quiet /> Both sides are in sync.
    </p>
  );
}
