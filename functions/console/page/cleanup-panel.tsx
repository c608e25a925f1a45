import { useState } from 'preact/hooks';
import * as v from 'valibot';
import { type CleanupEntry, CleanupGuardResponse, CleanupReport } from '../../../shared/api/cleanup.ts';
import { type Failure, post } from './api-client.ts';
import { Mark } from './badge.tsx';
import { count, counted, dateTime } from './format.ts';
import type { Tone } from './labels.ts';
import { Loading } from './loading.tsx';
import { FailureNotice } from './notice.tsx';

interface State {
  readonly busy: boolean;
  readonly report: CleanupReport | null;
  readonly failure: Failure | null;
}

/** Preview first; the button that cleans up names what the preview showed. */
export function CleanupPanel({ done }: { done: () => Promise<void> }) {
  const [days, setDays] = useState('7');
  const [{ busy, report, failure }, setState] = useState<State>({ busy: false, report: null, failure: null });
  const ask = async (options: object) => {
    setState({ busy: true, report: null, failure: null });
    const body = { action: 'cleanup_orphaned', ...options };
    const asked = await post('/api/audit-agents', CleanupReport, body);
    if (asked.ok && !asked.value.dry_run) await done();
    setState({ busy: false, report: asked.ok ? asked.value : null, failure: asked.ok ? null : asked.failure });
  };
  const preview = (event: Event) => {
    event.preventDefault();
    void ask({ older_than_days: Number(days), dry_run: true });
  };
  return (
    <section class="panel" aria-labelledby="cleanup">
      <header class="panel-head">
        <div>
          <h2 id="cleanup">Cleanup</h2>
          <p class="muted">
            Takes old orphans out of the platform's table. Each is asked after in Retell first and copied to the
            archive.
          </p>
        </div>
        <form class="actions" onSubmit={preview}>
          <label class="days">
            Orphaned for more than
            <input
              type="number"
              min={0}
              max={36_500}
              step={1}
              required
              value={days}
              onInput={(event) => setDays(event.currentTarget.value)}
            />
            days
          </label>
          <button type="submit" class="button" disabled={busy}>
            Preview
          </button>
        </form>
      </header>
      {busy && <Loading what="what Retell says of each orphan" />}
      {failure && <CleanupFailure failure={failure} />}
      {report && (
        <CleanupResult
          report={report}
          // What was shown, whatever the field says by now.
          onConfirm={() =>
            void ask({ older_than_days: report.older_than_days, confirm: report.plan ?? report.candidates })
          }
        />
      )}
    </section>
  );
}

/** More or other orphans than were confirmed: their names, and the way back to the preview. */
function CleanupFailure({ failure }: { failure: Failure }) {
  const guard = v.safeParse(CleanupGuardResponse, failure.answer);
  return (
    <>
      <FailureNotice
        failure={guard.success ? { ...failure, hint: 'Preview again, then confirm what it shows.' } : failure}
      />
      {guard.success && <Fates entries={guard.output.cleaned_agents} planned={false} />}
    </>
  );
}

function CleanupResult({ report, onConfirm }: { report: CleanupReport; onConfirm: () => void }) {
  const { dry_run, candidates, older_than_days, cleaned_count, cleaned_agents } = report;
  if (candidates === 0) {
    return <p class="empty">No interviewer has been an orphan for more than {counted(older_than_days, 'day')}.</p>;
  }
  return (
    <section aria-label={dry_run ? 'Preview of the cleanup' : 'Result of the cleanup'} aria-live="polite">
      <h3>{dry_run ? `What would become of ${counted(candidates, 'orphan')}` : report.message}</h3>
      <Fates entries={cleaned_agents} planned={dry_run} />
      {candidates > cleaned_agents.length && (
        <p class="muted fine">And {count(candidates - cleaned_agents.length)} more, which the answer leaves out.</p>
      )}
      {dry_run && cleaned_count > 0 && (
        <div class="actions">
          <button type="button" class="button danger" onClick={onConfirm}>
            Clean up {counted(cleaned_count, 'interviewer')}
          </button>
        </div>
      )}
    </section>
  );
}

interface Fate {
  readonly planned: string;
  readonly done: string;
  readonly tone: Tone;
}

const FATES: Readonly<Record<CleanupEntry['outcome'], Fate>> = {
  archived: { planned: 'To archive', done: 'Archived', tone: 'warn' },
  marked_deleted: { planned: 'To mark deleted', done: 'Marked deleted', tone: 'warn' },
  restored: { planned: 'To restore', done: 'Restored', tone: 'good' },
  kept: { planned: 'To keep', done: 'Kept', tone: 'calm' },
};

function Fates({ entries, planned }: { entries: readonly CleanupEntry[]; planned: boolean }) {
  return (
    <ul class="items compact">
      {entries.map(({ agent_id, name, last_synced, outcome, reason }) => (
        <li key={`${agent_id} ${name}`} class="item">
          <Mark tone={FATES[outcome].tone} word={FATES[outcome][planned ? 'planned' : 'done']} />
          <div class="item-text">
            <strong class="name">{name}</strong>
            <p class="muted">
              {reason}
              {last_synced === null ? '' : `; last synced ${dateTime(last_synced)}`}.
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}
