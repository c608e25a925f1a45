import type { Run } from '../../../shared/api/runs.ts';
import { count } from './format.ts';
import { RUN_KINDS } from './labels.ts';
import type { Operation } from './use-operations.ts';

const DOING: Readonly<Record<Operation, string>> = {
  dry_run: 'Working out what a sync would do',
  sync: 'Syncing',
  full: 'Syncing, reading every agent again',
  confirm: 'Syncing, with what you confirmed',
  check: 'Comparing both sides',
};

/** What is going on now, and how far it is. Nothing when nothing is. */
export function Progress({ runs, busy }: { runs: readonly Run[] | null; busy: Operation | null }) {
  const run = runs?.find(({ status }) => status === 'running');
  if (run === undefined && busy === null) return null;
  const total = run?.progress_total ?? null;
  const done = run?.progress_done ?? 0;
  const doing = busy === null ? `${RUN_KINDS[run?.kind ?? 'sync']} under way` : DOING[busy];
  const phase = run?.phase ?? (busy === 'dry_run' ? 'Nothing is written' : 'Asking Retell');
  const far = total === null || total === 0 ? '' : `, ${count(done)} of ${count(total)}`;
  return (
    <div class="progress" role="status">
      <span class="spinner" aria-hidden="true" />
      <span>
        <strong>{doing}</strong>
        <span class="muted">
          {' '}
          · {phase}
          {far}
        </span>
      </span>
      <progress aria-label={doing} {...(total === null || total === 0 ? {} : { value: done, max: total })} />
    </div>
  );
}
