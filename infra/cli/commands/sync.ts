import * as v from 'valibot';
import { API } from '../../../shared/api/endpoints.ts';
import { GuardResponse, SyncBody, SyncReport } from '../../../shared/api/sync.ts';
import { counted } from '../../../shared/text.ts';
import type { FailedRequest } from '../client.ts';
import type { Command, CommandContext, Outcome } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type Fields, fieldsOf, optionsOf } from '../options.ts';
import { failed, succeeded, waiting } from '../outcome.ts';
import { waitingLines } from '../text/confirmation-text.ts';
import { changeCount, planLines } from '../text/plan-text.ts';

const CONFIRM = {
  name: 'confirm',
  value: 'plan',
  description: 'Orphan exactly the interviewers that a blocked sync or `diff` has shown: the plan that it printed.',
};
const SYNC_OPTIONS = optionsOf(SyncBody, { named: { confirm_orphans: CONFIRM } });
const DIFF_OPTIONS = optionsOf(SyncBody, { without: ['dry_run', 'confirm_orphans'] });

export const sync: Command = {
  summary: 'Sync now',
  description:
    'Orphaning many interviewers at once waits for a confirmation: on a terminal the command asks, otherwise it ends with exit code 3 and the command that confirms what it has shown.',
  positionals: [],
  options: SYNC_OPTIONS,
  examples: ['sync', 'sync --full', 'sync --confirm Zb3kq0m9T2uVwXyZ4a5B6c'],
  run: (context, { options }) => {
    const fields = fieldsOf(SYNC_OPTIONS, options);
    return fields['dry_run'] === true ? runDiff(context, fields) : runSync(context, fields);
  },
};

export const diff: Command = {
  summary: 'Show what a sync would change, and write nothing',
  description: 'Exit code 1: there are changes; 3: a sync would ask for a confirmation.',
  positionals: [],
  options: DIFF_OPTIONS,
  examples: ['diff', 'diff --json'],
  run: (context, { options }) => runDiff(context, { ...fieldsOf(DIFF_OPTIONS, options), dry_run: true }),
};

async function runSync(context: CommandContext, body: Fields): Promise<Outcome> {
  const reply = await context.client.call(API.sync, SyncReport, { body });
  if (!reply.ok) return guardOutcome(context, body, reply);
  return succeeded({ exit: exitOf(reply.value, body), lines: planLines(reply.value, context.paint), body: reply.body });
}

/** A sync that could not read or write everything leaves an unknown state. A single agent is not scored. */
function exitOf({ partial, counts, health_score }: SyncReport, { agent_id }: Fields): ExitCode {
  const isUnscored = agent_id === undefined && health_score === null;
  return partial || counts.errors > 0 || isUnscored ? EXIT.failed : EXIT.ok;
}

async function runDiff(context: CommandContext, body: Fields): Promise<Outcome> {
  const reply = await context.client.call(API.sync, SyncReport, { body });
  if (!reply.ok) return guardOutcome(context, body, reply);
  const { value: report } = reply;
  const lines = [
    context.paint('dim', `What a sync of ${context.client.url} would change; nothing was written.`),
    '',
    ...planLines(report, context.paint),
    ...guardLines(context, body, report),
  ];
  return succeeded({ exit: diffExit(report), lines, body: reply.body });
}

function diffExit(report: SyncReport): ExitCode {
  if (report.partial || report.counts.errors > 0) return EXIT.failed;
  if (report.needs_confirmation === true) return EXIT.needsConfirmation;
  return changeCount(report) + report.counts.conflicts === 0 ? EXIT.ok : EXIT.outOfSync;
}

function guardLines(context: CommandContext, body: Fields, report: SyncReport): readonly string[] {
  if (report.needs_confirmation !== true || report.plan === undefined) return [];
  const orphans = counted(report.counts.orphaned, 'interviewer');
  return [
    '',
    context.paint('yellow', `A sync would apply everything else and wait for a confirmation to orphan ${orphans}.`),
    'If their agents are really gone, confirm exactly these:',
    `  ${confirmCommand(context, body, report.plan)}`,
  ];
}

function guardOutcome(context: CommandContext, body: Fields, reply: FailedRequest): Outcome {
  const guard = v.safeParse(GuardResponse, reply.body);
  if (!guard.success) return failed(reply, context);
  const { plan, held_back, error, code } = guard.output;
  const report = 'sync_result' in guard.output ? guard.output.sync_result : null;
  // Nothing was done: a line about changes would read as if nothing waited for a confirmation.
  const isApplied = report !== null && changeCount(report) + report.counts.conflicts + report.counts.errors > 0;
  const applied = isApplied ? [...planLines(report, context.paint), ''] : [];
  const lines = [
    ...applied,
    ...waitingLines({ message: error, entries: held_back, count: held_back.length }, context.paint),
    ...(code === 'account_mismatch'
      ? ['Check RETELL_API_KEY first: with the right key nothing needs a confirmation.']
      : []),
  ];
  const { dry_run: _, ...again } = body;
  return waiting(lines, reply.body, {
    question: 'Orphan exactly these?',
    command: confirmCommand(context, body, plan),
    confirm: () => runSync(context, { ...again, confirm_orphans: plan }),
  });
}

function confirmCommand({ commandLine }: CommandContext, body: Fields, plan: string): string {
  const given = DIFF_OPTIONS.flatMap(({ field, name, kind }) => {
    const value = body[field];
    if (value === undefined) return [];
    return kind === 'flag' ? [`--${name}`] : [`--${name}`, String(value)];
  });
  return commandLine('sync', ...given, '--confirm', plan);
}
