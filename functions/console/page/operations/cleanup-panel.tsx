import { useMutation, useQueryClient } from '@tanstack/preact-query';
import { useEffect, useState } from 'preact/hooks';
import * as v from 'valibot';
import { CleanupGuardResponse, type CleanupReport } from '../data/api-types.ts';
import { client } from '../data/client.ts';
import type { RequestError } from '../data/request-error.ts';
import { useRoute } from '../routing/navigation.ts';
import { ConfirmForm } from '../ui/confirm-form.tsx';
import { counted } from '../ui/format.ts';
import { Loading } from '../ui/loading.tsx';
import { FailureNotice } from '../ui/notice.tsx';
import { Panel } from '../ui/panel.tsx';
import { CleanupEntries } from './cleanup-entries.tsx';
import { Commands } from './commands.tsx';

interface Cleanup {
  readonly days: number;
  /** Plan token of the preview; null requests a preview. */
  readonly confirm: string | number | null;
}

/** An orphan may come back within this time. */
const DAYS = 7;

const COMMANDS = [
  {
    what: 'the preview',
    path: 'api/audit-agents',
    body: { action: 'cleanup_orphaned', older_than_days: DAYS, dry_run: true },
    cli: `cleanup --older-than-days ${DAYS} --dry-run`,
  },
] as const;

/** Previews a cleanup, at once if the address says so, then applies exactly what the preview showed. */
export function CleanupPanel() {
  const queries = useQueryClient();
  const {
    mutate,
    data: report,
    error,
    isPending,
    submittedAt,
  } = useMutation({
    mutationFn: ({ days, confirm }: Cleanup) =>
      confirm === null ? client.previewCleanup(days) : client.cleanUp(days, confirm),
    onSettled: (_report, _error, { confirm }) => (confirm === null ? undefined : queries.invalidateQueries()),
  });
  const { cleanup } = useRoute().params;
  useEffect(() => {
    if (cleanup === 'preview') mutate({ days: DAYS, confirm: null });
  }, [cleanup, mutate]);
  return (
    <Panel
      title="Cleanup"
      about="Takes old orphans out of the platform's table. Retell is asked about each first, and each is copied to the archive."
      actions={<PreviewForm disabled={isPending} onPreview={(days) => mutate({ days, confirm: null })} />}
    >
      <Commands actions={COMMANDS} />
      {isPending && <Loading what="what Retell says about each orphan" />}
      {error !== null && <CleanupFailure error={error} at={submittedAt} />}
      {report !== undefined && (
        <CleanupResult
          report={report}
          // From the preview, because the field may have changed since.
          onConfirm={() => mutate({ days: report.older_than_days, confirm: report.plan ?? report.candidates })}
        />
      )}
    </Panel>
  );
}

function PreviewForm({ disabled, onPreview }: { disabled: boolean; onPreview: (days: number) => void }) {
  const [days, setDays] = useState(String(DAYS));
  const preview = (event: Event) => {
    event.preventDefault();
    onPreview(Number(days));
  };
  return (
    <form class="actions" onSubmit={preview}>
      <label>
        Orphaned for more than{' '}
        <input
          class="number"
          type="number"
          min={0}
          max={36_500}
          step={1}
          required
          value={days}
          onInput={(event) => setDays(event.currentTarget.value)}
        />{' '}
        days
      </label>
      <button type="submit" class="secondary" disabled={disabled}>
        Preview
      </button>
    </form>
  );
}

/** Lists the candidates if they are no longer those that were confirmed. */
function CleanupFailure({ error, at }: { error: RequestError; at: number }) {
  const guard = v.safeParse(CleanupGuardResponse, error.details.body);
  return (
    <>
      <FailureNotice error={error} at={at} />
      {guard.success && (
        <CleanupEntries entries={guard.output.cleaned_agents} total={guard.output.candidates} planned={false} />
      )}
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
      <h3>{dry_run ? `A cleanup would treat ${counted(candidates, 'orphan')} like this` : `${report.message}.`}</h3>
      <CleanupEntries entries={cleaned_agents} total={candidates} planned={dry_run} />
      {dry_run && cleaned_count > 0 && (
        <ConfirmForm total={cleaned_count} disabled={false} onConfirm={onConfirm}>
          Clean up {counted(cleaned_count, 'interviewer')}
        </ConfirmForm>
      )}
    </section>
  );
}
