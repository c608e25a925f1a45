import { useQuery } from '@tanstack/preact-query';
import { BUSY_MS, latestRuns } from '../data/queries.ts';
import { RUN_KINDS } from '../labels.ts';
import { count } from '../ui/format.ts';
import type { OperationName } from './current-notice.ts';
import { useOperations } from './use-operations.tsx';

const WORDS: Readonly<Record<OperationName, string>> = {
  dry_run: 'Planning: nothing is written',
  sync: 'Syncing',
  full: 'Syncing, reading every agent again',
  confirm: 'Syncing, with the orphans that you confirmed',
  fix: 'Syncing one agent',
  check: 'Comparing both sides',
};

/** Shows what is running and its progress. */
export function Progress() {
  const { busy } = useOperations();
  const { data: runs } = useQuery(busy === null ? latestRuns : { ...latestRuns, refetchInterval: BUSY_MS });
  const run = runs?.find(({ status }) => status === 'running');
  if (run === undefined && busy === null) return null;
  const total = run?.progress_total ?? null;
  const done = run?.progress_done ?? 0;
  const known = total !== null && total > 0;
  const title = busy === null ? `${RUN_KINDS[run?.kind ?? 'sync']} is running` : WORDS[busy];
  return (
    <section class="progress" role="status">
      <p>
        <strong>{title}</strong>
        <span class="muted">
          {' '}
          · {run?.phase ?? 'Asking Retell'}
          {known && `, ${count(done)} of ${count(total)}`}
        </span>
      </p>
      <progress aria-label={title} {...(known ? { value: done, max: total } : {})} />
    </section>
  );
}
