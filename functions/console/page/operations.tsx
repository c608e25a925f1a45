import { CleanupPanel } from './cleanup-panel.tsx';
import { PlanView } from './plan-view.tsx';
import { RestorePanel } from './restore-panel.tsx';
import type { ConsoleData } from './use-console-data.ts';
import type { Operations as SyncOperations } from './use-operations.ts';

interface OperationsProps {
  data: ConsoleData;
  operations: SyncOperations;
  refresh: () => Promise<void>;
}

/** Everything that changes something, each with what it would do first. */
export function Operations({ data, operations, refresh }: OperationsProps) {
  return (
    <>
      <SyncPanel operations={operations} />
      <CleanupPanel done={refresh} />
      <RestorePanel agents={data.agents ?? []} done={refresh} />
    </>
  );
}

function SyncPanel({ operations }: { operations: SyncOperations }) {
  const busy = operations.busy !== null;
  const report = operations.outcome?.report ?? null;
  return (
    <section class="panel" aria-labelledby="sync">
      <header class="panel-head">
        <div>
          <h1 id="sync">Sync</h1>
          <p class="muted">
            A dry run asks Retell and shows every change; nothing is written anywhere. A full sync reads every agent
            again, changed or not.
          </p>
        </div>
        <div class="actions">
          <button type="button" class="button primary" disabled={busy} onClick={() => void operations.run('dry_run')}>
            Dry run
          </button>
          <button type="button" class="button" disabled={busy} onClick={() => void operations.run('sync')}>
            Sync now
          </button>
          <button type="button" class="button" disabled={busy} onClick={() => void operations.run('full')}>
            Full sync
          </button>
        </div>
      </header>
      {report !== null && (
        <section aria-label={report.dry_run ? 'Plan' : 'Result'} aria-live="polite">
          <h2>{report.dry_run ? 'What a sync would do' : report.message}</h2>
          <PlanView report={report} />
          {report.dry_run && <CarryOut operations={operations} />}
        </section>
      )}
    </section>
  );
}

/** Confirms the orphans that were shown, and no others. */
function CarryOut({ operations }: { operations: SyncOperations }) {
  const report = operations.outcome?.report;
  if (!report) return null;
  const { created, updated, restored, orphaned, pushed } = report.counts;
  if (created + updated + restored + orphaned + pushed === 0) return null;
  const carryOut = () =>
    void (report.plan === undefined ? operations.run('sync') : operations.run('confirm', report.plan));
  return (
    <div class="actions">
      <button
        type="button"
        class={`button ${orphaned > 0 ? 'danger' : 'primary'}`}
        disabled={operations.busy !== null}
        onClick={carryOut}
      >
        {orphaned > 0 ? `Do this, and orphan ${orphaned}` : 'Do this'}
      </button>
      <button type="button" class="button quiet" onClick={operations.dismiss}>
        Leave it
      </button>
    </div>
  );
}
