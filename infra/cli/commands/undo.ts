import * as v from 'valibot';
import { API } from '../../../shared/api/endpoints.ts';
import { NothingToUndoResponse, UndoBody, UndoGuardResponse, UndoReport } from '../../../shared/api/undo.ts';
import { visibleSentence } from '../../../shared/visible-text.ts';
import type { FailedRequest } from '../client.ts';
import type { Command, CommandContext, Outcome } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { type Fields, fieldsOf, optionsOf } from '../options.ts';
import { failed, succeeded, waiting } from '../outcome.ts';
import { undoEntryLines, undoLines } from '../text/undo-text.ts';

const CONFIRM = {
  name: 'confirm',
  value: 'plan',
  description: 'Put back exactly what the command has shown: the plan that it printed.',
};
const OPTIONS = optionsOf(UndoBody, { named: { confirm: CONFIRM } });

export const undo: Command = {
  summary: 'Put back the names and rows that a run changed',
  description:
    'Shows first what is put back, and what is left as it is because it changed since. On a terminal it then asks; otherwise it ends with exit code 3 and the command that puts back what it has shown. The undo is a run, and can be undone.',
  positionals: [{ name: 'run', required: true }],
  options: OPTIONS,
  examples: ['undo 42', 'undo 42 --dry-run'],
  run: (context, { positionals: [id = ''], options }) => {
    const fields = fieldsOf(OPTIONS, options);
    const isConfirmed = fields['confirm'] !== undefined && fields['dry_run'] === undefined;
    return isConfirmed ? applyUndo(context, id, fields) : showUndo(context, id, fields);
  },
};

async function showUndo(context: CommandContext, id: string, fields: Fields): Promise<Outcome> {
  const reply = await context.client.call(API.undoRun, UndoReport, { path: { id }, body: { dry_run: true } });
  if (!reply.ok) return refused(context, id, reply);
  const { plan } = reply.value;
  const lines = undoLines(reply.value, context.paint);
  if (plan === undefined || fields['dry_run'] === true) return succeeded({ exit: EXIT.ok, lines, body: reply.body });
  return waiting(lines, reply.body, confirmationOf(context, id, plan));
}

async function applyUndo(context: CommandContext, id: string, body: Fields): Promise<Outcome> {
  const reply = await context.client.call(API.undoRun, UndoReport, { path: { id }, body });
  if (!reply.ok) return refused(context, id, reply);
  const exit = reply.value.counts.failed > 0 ? EXIT.failed : EXIT.ok;
  return succeeded({ exit, lines: undoLines(reply.value, context.paint), body: reply.body });
}

/** A guard names a newer plan; other refusals name what cannot be put back. */
function refused(context: CommandContext, id: string, reply: FailedRequest): Outcome {
  const { paint } = context;
  const guard = v.safeParse(UndoGuardResponse, reply.body);
  if (guard.success) {
    const lines = [
      ...undoEntryLines(guard.output.entries, paint),
      '',
      paint('yellow', visibleSentence(guard.output.error)),
    ];
    return waiting(lines, reply.body, confirmationOf(context, id, guard.output.plan));
  }
  const nothing = v.safeParse(NothingToUndoResponse, reply.body);
  const outcome = failed(reply, context);
  return nothing.success
    ? { ...outcome, lines: [...undoEntryLines(nothing.output.entries, paint), ...outcome.lines] }
    : outcome;
}

function confirmationOf(context: CommandContext, id: string, plan: string): NonNullable<Outcome['confirmation']> {
  return {
    question: 'Put back exactly this?',
    command: context.commandLine('undo', id, '--confirm', plan),
    confirm: () => applyUndo(context, id, { confirm: plan }),
  };
}
