import { useMutation, useQueryClient } from '@tanstack/preact-query';
import { useEffect } from 'preact/hooks';
import type { OpenConflict } from '../data/api-types.ts';
import { client } from '../data/client.ts';
import { UndoReportView } from '../runs/undo-run.tsx';
import { Loading } from '../ui/loading.tsx';
import { Modal } from '../ui/modal.tsx';
import { FailureNotice } from '../ui/notice.tsx';
import { Value } from '../ui/text.tsx';

const TITLE = 'keep-title';

/** Decides a conflict the other way: previews the undo of its run, which may have changed more, then applies exactly that. */
export function KeepPlatformName({ conflict, onClose }: { conflict: OpenConflict; onClose: () => void }) {
  const { run_id, database_name } = conflict;
  const queries = useQueryClient();
  const { mutate, data, error, isPending, submittedAt } = useMutation({
    mutationFn: (plan: string | null) => client.undo(run_id, plan === null ? { dry_run: true } : { confirm: plan }),
    onSettled: (_report, _error, plan) => (plan === null ? undefined : queries.invalidateQueries()),
  });
  useEffect(() => mutate(null), [mutate]);
  return (
    <Modal shape="dialog" labelledBy={TITLE} onClose={onClose}>
      <h2 id={TITLE}>
        Keep “<Value text={database_name} />”
      </h2>
      <p>This undoes run {run_id}, and so gives both sides the platform's name again.</p>
      {isPending && <Loading what="what the undo puts back" />}
      {error !== null && <FailureNotice error={error} at={submittedAt} />}
      {data !== undefined && <UndoReportView report={data} busy={isPending} onConfirm={mutate} onCancel={onClose} />}
      {(error !== null || data?.plan === undefined) && (
        <button type="button" class="secondary" onClick={onClose}>
          Close
        </button>
      )}
    </Modal>
  );
}
