import type { SyncReport } from '../data/api-types.ts';
import { Drawers } from '../drawers.tsx';
import { ConfirmForm } from '../ui/confirm-form.tsx';
import { counted } from '../ui/format.ts';
import { Panel } from '../ui/panel.tsx';
import { CleanupPanel } from './cleanup-panel.tsx';
import { Commands } from './commands.tsx';
import { PlanView } from './plan-view.tsx';
import { changesOf, GROUPS, planSentence } from './plan-words.ts';
import { RestorePanel } from './restore-panel.tsx';
import { type Outcome, useOperations } from './use-operations.tsx';

/** Sync, cleanup and restore, each with a preview. */
export function Operations() {
  const report = reportOf(useOperations().outcome);
  const ids = report === null ? [] : GROUPS.flatMap((group) => report[group].flatMap(({ agent_id }) => agent_id ?? []));
  return (
    <>
      <SyncPanel />
      <CleanupPanel />
      <RestorePanel />
      <Drawers kind="agent" ids={ids} />
    </>
  );
}

function reportOf(outcome: Outcome | null): SyncReport | null {
  return outcome?.kind === 'plan' || outcome?.kind === 'report' ? outcome.report : null;
}

const SYNC = 'api/sync-retell-agents';
const SYNC_COMMANDS = [
  { what: 'the dry run', path: SYNC, body: { dry_run: true }, cli: 'diff' },
  { what: 'the sync', path: SYNC, body: {}, cli: 'sync' },
  { what: 'the full sync', path: SYNC, body: { full: true }, cli: 'sync --full' },
] as const;

function SyncPanel() {
  const { busy, start, outcome } = useOperations();
  const report = reportOf(outcome);
  const actions = (
    <>
      <button type="button" disabled={busy !== null} onClick={() => start('dry_run')}>
        Dry run
      </button>
      <button type="button" class="secondary" disabled={busy !== null} onClick={() => start('sync')}>
        Sync now
      </button>
      <button type="button" class="secondary" disabled={busy !== null} onClick={() => start('full')}>
        Full sync
      </button>
    </>
  );
  return (
    <Panel
      title="Sync"
      main
      about="A dry run asks Retell and shows every change; it writes nothing. A full sync reads every agent again, changed or not."
      actions={actions}
    >
      <Commands actions={SYNC_COMMANDS} />
      {report !== null && (
        <section aria-label={report.dry_run ? 'Plan' : 'Result'} aria-live="polite">
          <h2>{planSentence(report)}</h2>
          <PlanView report={report} />
          {report.dry_run && <Apply report={report} />}
        </section>
      )}
    </Panel>
  );
}

/** Applies the plan. Its token confirms only the orphans that it lists. */
function Apply({ report: { counts, plan } }: { report: SyncReport }) {
  const { busy, start, dismiss } = useOperations();
  const changes = changesOf(counts);
  if (changes === 0) return null;
  const apply = () => (plan === undefined ? start('sync') : start('confirm', { plan }));
  const label = `Apply ${counted(changes, 'change')}`;
  return (
    <ConfirmForm
      total={counts.orphaned}
      disabled={busy !== null}
      onConfirm={apply}
      cancel={{ word: 'Discard', onCancel: dismiss }}
    >
      {counts.orphaned === 0 ? label : `${label}, with ${counted(counts.orphaned, 'orphan')}`}
    </ConfirmForm>
  );
}
