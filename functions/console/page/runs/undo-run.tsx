import { useMutation, useQueryClient } from '@tanstack/preact-query';
import { AgentLink } from '../agents/agent-link.tsx';
import type { Run, UndoOutcome, UndoReport } from '../data/api-types.ts';
import { client } from '../data/client.ts';
import type { Tone } from '../labels.ts';
import { Commands } from '../operations/commands.tsx';
import { Badge } from '../ui/badge.tsx';
import { ConfirmForm } from '../ui/confirm-form.tsx';
import { counted } from '../ui/format.ts';
import { FailureNotice } from '../ui/notice.tsx';
import { ShortList } from '../ui/short-list.tsx';
import { Sentence } from '../ui/text.tsx';
import { changesIn } from './fold-runs.ts';
import { RunLink } from './run-link.tsx';
import { undoSentence } from './undo-words.ts';

/** Undoes a run: first shows what is put back, then puts back exactly that. */
export function UndoRun({ run }: { run: Run }) {
  const queries = useQueryClient();
  const { mutate, data, error, isPending, submittedAt, reset } = useMutation({
    mutationFn: (plan: string | null) => client.undo(run.id, plan === null ? { dry_run: true } : { confirm: plan }),
    onSettled: () => queries.invalidateQueries(),
  });
  if (data === undefined && error === null && run.undone_by !== null) return <Undone by={run.undone_by} />;
  return (
    <>
      {error !== null && <FailureNotice error={error} at={submittedAt} onDismiss={reset} />}
      {data !== undefined && <UndoReportView report={data} busy={isPending} onConfirm={mutate} onCancel={reset} />}
      {data === undefined && mayBeUndone(run) && (
        <>
          <button type="button" class="secondary small" disabled={isPending} onClick={() => mutate(null)}>
            Preview the undo
          </button>
          <Commands
            actions={[
              {
                what: 'the preview of the undo',
                path: `api/sync-runs/${run.id}/undo`,
                body: { dry_run: true },
                cli: `undo ${run.id} --dry-run`,
              },
            ]}
          />
        </>
      )}
    </>
  );
}

function Undone({ by }: { by: number }) {
  return (
    <p class="muted">
      <RunLink id={by}>Run {by}</RunLink> undid it.
    </p>
  );
}

function mayBeUndone(run: Run): boolean {
  return run.status !== 'running' && run.undone_by === null && changesIn(run).length > 0;
}

interface ReportProps {
  report: UndoReport;
  busy: boolean;
  onConfirm: (plan: string) => void;
  onCancel: () => void;
}

/** What an undo puts back, or would put back, with the button that confirms exactly that. */
export function UndoReportView({ report, busy, onConfirm, onCancel }: ReportProps) {
  const { entries, counts, plan } = report;
  return (
    <section aria-label={report.dry_run ? 'Preview of the undo' : 'Undo'}>
      <p role="status">{undoSentence(report)}</p>
      <ShortList items={entries} class="items rules">
        {({ agent_id, interviewer_id, name, outcome, reason }) => (
          <li key={`${agent_id} ${interviewer_id} ${outcome}`}>
            <Badge tone={OUTCOMES[outcome].tone} word={OUTCOMES[outcome][report.dry_run ? 'planned' : 'done']} quiet />
            <span>
              <AgentLink agent_id={agent_id} name={name} />
              <span class="muted">
                <Sentence text={reason} />
              </span>
            </span>
          </li>
        )}
      </ShortList>
      {counts.not_undoable > 0 && (
        <p class="muted">
          {counted(counts.not_undoable, 'change')} only followed Retell and{' '}
          {counts.not_undoable === 1 ? 'stays' : 'stay'}.
        </p>
      )}
      {plan !== undefined && (
        <ConfirmForm
          total={counts.archived + counts.marked_deleted}
          disabled={busy}
          onConfirm={() => onConfirm(plan)}
          cancel={{ word: 'Keep the changes', onCancel }}
        >
          Undo {counted(counts.set_back + counts.restored + counts.archived + counts.marked_deleted, 'change')}
        </ConfirmForm>
      )}
    </section>
  );
}

interface OutcomeLabel {
  readonly planned: string;
  readonly done: string;
  readonly tone: Tone;
}

const OUTCOMES: Readonly<Record<UndoOutcome, OutcomeLabel>> = {
  set_back: { planned: 'Set back', done: 'Set back', tone: 'good' },
  restored: { planned: 'Restore', done: 'Restored', tone: 'good' },
  archived: { planned: 'Archive', done: 'Archived', tone: 'warn' },
  marked_deleted: { planned: 'Mark deleted', done: 'Marked deleted', tone: 'warn' },
  kept: { planned: 'Keep', done: 'Kept', tone: 'calm' },
  failed: { planned: 'Failed', done: 'Failed', tone: 'bad' },
};
