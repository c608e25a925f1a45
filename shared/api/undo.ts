/** What the undo of a run takes and returns. */
import * as v from 'valibot';
import type { Endpoints } from './endpoint.ts';
import { ErrorResponse } from './error-response.ts';
import * as examples from './examples.ts';
import { Count, type Data, Flag, Nothing, PlanToken, RunId, Success, Truncated } from './fields.ts';
import { RunPath } from './runs.ts';
import { FieldChange } from './sync.ts';

export const UndoBody = v.strictObject({
  dry_run: v.pipe(Flag, v.description('Return what the undo would put back and change nothing.')),
  confirm: v.pipe(
    v.optional(PlanToken),
    v.description(
      'The plan token of a dry run or of a 409: it confirms exactly what was shown. Required for more than max(5, 20 %) of the interviewers.',
    ),
  ),
});

export const UndoOutcome = v.picklist(['set_back', 'restored', 'archived', 'marked_deleted', 'kept', 'failed']);
export type UndoOutcome = Data<typeof UndoOutcome>;

export const UndoEntry = v.object({
  agent_id: v.pipe(v.nullable(v.string()), v.description("The agent's id in Retell.")),
  interviewer_id: v.pipe(v.nullable(v.string()), v.description("The row's id in the interviewer table.")),
  name: v.pipe(v.string(), v.description("The interviewer's name now.")),
  outcome: v.pipe(
    UndoOutcome,
    v.description(
      '`set_back`: the earlier name is on both sides again; `restored`: a row that was cleaned up is back; `archived`, `marked_deleted`: a restored row is cleaned up again; `kept`: left as it is, because it changed since; `failed`: not put back, repeat the undo.',
    ),
  ),
  reason: v.pipe(v.string(), v.description('Why, in a sentence.')),
  changes: v.pipe(
    v.exactOptional(v.array(FieldChange)),
    v.description('Of a name: `name` in the database and `retell_name` in Retell.'),
  ),
});
export type UndoEntry = Data<typeof UndoEntry>;

export const UndoCounts = v.pipe(
  v.object({
    set_back: v.pipe(Count, v.description('Names set back on both sides.')),
    restored: v.pipe(Count, v.description('Rows brought back.')),
    archived: v.pipe(Count, v.description('Rows archived again.')),
    marked_deleted: v.pipe(Count, v.description('Rows marked as deleted again.')),
    kept: v.pipe(Count, v.description('What changed since, and is left as it is.')),
    failed: v.pipe(Count, v.description('What could not be put back.')),
    not_undoable: v.pipe(
      Count,
      v.description('Changes of the run that only follow Retell, such as a new interviewer, an orphan or a voice.'),
    ),
  }),
  v.description('How many of each outcome.'),
);
export type UndoCounts = Data<typeof UndoCounts>;

export const UndoReport = v.object({
  success: Success,
  message: v.pipe(v.string(), v.description('The result in a sentence.')),
  undoes: v.pipe(RunId, v.description('The run that is undone.')),
  entries: v.pipe(v.array(UndoEntry), v.description('What is put back, and what is left as it is.')),
  counts: UndoCounts,
  dry_run: v.pipe(v.boolean(), v.description('Whether this is only a plan.')),
  plan: v.pipe(
    v.exactOptional(PlanToken),
    v.description('Of a dry run that would put something back: send it as `confirm` to put back exactly this.'),
  ),
  run_id: v.pipe(
    v.nullable(RunId),
    v.description('The undo in the history, which can be undone too; null for a dry run.'),
  ),
  truncated: Truncated,
});
export type UndoReport = Data<typeof UndoReport>;

const entries = v.pipe(v.array(UndoEntry), v.description('What would be put back, and what would not.'));

/** Nothing was changed. */
export const UndoGuardResponse = v.object({
  ...ErrorResponse.entries,
  plan: v.pipe(PlanToken, v.description('Send it as `confirm` to put back exactly this.')),
  entries,
  truncated: Truncated,
});

/** Nothing was changed. */
export const NothingToUndoResponse = v.object({ ...ErrorResponse.entries, entries, truncated: Truncated });

export const AlreadyUndoneResponse = v.object({
  ...ErrorResponse.entries,
  undone_by: v.pipe(RunId, v.description('The undo, which can be undone.')),
});

export const UndoRunningResponse = v.object({
  ...ErrorResponse.entries,
  running_undo: v.pipe(v.nullable(RunId), v.description('The running undo of the run; null if it has just ended.')),
});

/** A test validates it against the schema. */
export const UNDO_EXAMPLE = {
  success: true,
  message: 'Dry run, nothing was changed: undo of run 42: 1 to set back',
  undoes: 42,
  entries: [
    {
      agent_id: examples.AGENT_ID,
      interviewer_id: '7',
      name: 'Empathetic Bob',
      outcome: 'set_back',
      reason: 'The name is set back to "Bob" on both sides',
      changes: [
        { field: 'name', from: 'Empathetic Bob', to: 'Bob' },
        { field: 'retell_name', from: 'Empathetic Bob', to: 'Bob' },
      ],
    },
  ],
  counts: { set_back: 1, restored: 0, archived: 0, marked_deleted: 0, kept: 0, failed: 0, not_undoable: 0 },
  dry_run: true,
  plan: 'J5nVX0dAeKQ2kM9nq6r3Yw',
  run_id: null,
} as const;

export const undoEndpoints = {
  undoRun: {
    method: 'POST',
    path: '/api/sync-runs/{id}/undo',
    function: 'cleanup',
    access: 'token',
    dependsOn: ['database', 'retell'],
    tag: 'History',
    summary: 'Put back the names and rows that a run changed, or show what would be put back',
    description:
      'A name that the run pushed or pulled is set back on both sides, and so is the name that lost a conflict; rows that it cleaned up are restored. What changed since is left as it is. The undo is a run, and can be undone.',
    request: { path: RunPath, query: Nothing, body: UndoBody, example: { dry_run: true } },
    responses: {
      200: {
        description: 'What was put back; with `dry_run` what would be put back.',
        schema: UndoReport,
        example: UNDO_EXAMPLE,
      },
    },
    errors: {
      run_not_found: ErrorResponse,
      run_running: ErrorResponse,
      undo_running: UndoRunningResponse,
      already_undone: AlreadyUndoneResponse,
      nothing_to_undo: NothingToUndoResponse,
      undo_guard: UndoGuardResponse,
      account_mismatch: NothingToUndoResponse,
    },
  },
} as const satisfies Endpoints;
