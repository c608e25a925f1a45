import * as v from 'valibot';
import { CleanupBody, CleanupGuardResponse, CleanupReport, RestoreReport } from '../../../shared/api/cleanup.ts';
import { API } from '../../../shared/api/endpoints.ts';
import { counted } from '../../../shared/text.ts';
import type { Command, CommandContext, Outcome } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { type Fields, fieldsOf, optionsOf } from '../options.ts';
import { failed, succeeded, waiting } from '../outcome.ts';
import { cleanupLines, restoreLines } from '../text/cleanup-text.ts';
import { waitingLines } from '../text/confirmation-text.ts';

const CONFIRM = {
  name: 'confirm',
  value: 'plan',
  description: 'Clean up exactly the interviewers that the command has shown: the plan that it printed.',
};
const CLEANUP_OPTIONS = optionsOf(CleanupBody, { without: ['action'], named: { confirm: CONFIRM } });

export const cleanup: Command = {
  summary: 'Archive interviewers that have been orphans for long',
  description:
    'Shows the candidates first. On a terminal it then asks; otherwise it ends with exit code 3 and the command that cleans up what it has shown. `restore` brings them back.',
  positionals: [],
  options: CLEANUP_OPTIONS,
  examples: ['cleanup', 'cleanup --older-than-days 30', 'cleanup --dry-run'],
  run: (context, { options }) => {
    const fields = fieldsOf(CLEANUP_OPTIONS, options);
    if (fields['confirm'] !== undefined && fields['dry_run'] === undefined) return applyCleanup(context, fields);
    return showCleanup(context, fields);
  },
};

async function showCleanup(context: CommandContext, fields: Fields): Promise<Outcome> {
  const reply = await context.client.call(API.cleanup, CleanupReport, { body: bodyOf({ ...fields, dry_run: true }) });
  if (!reply.ok) return failed(reply, context);
  const { plan, candidates } = reply.value;
  const lines = cleanupLines(reply.value, context.paint);
  if (plan === undefined || fields['dry_run'] === true) return succeeded({ exit: EXIT.ok, lines, body: reply.body });
  return waiting(lines, reply.body, {
    question: `Clean up ${candidates === 1 ? 'exactly this candidate' : `exactly these ${candidates} candidates`}?`,
    command: confirmCommand(context, fields, plan),
    confirm: () => applyCleanup(context, { ...fields, confirm: plan }),
  });
}

async function applyCleanup(context: CommandContext, fields: Fields): Promise<Outcome> {
  const reply = await context.client.call(API.cleanup, CleanupReport, { body: bodyOf(fields) });
  if (reply.ok) {
    return succeeded({ exit: EXIT.ok, lines: cleanupLines(reply.value, context.paint), body: reply.body });
  }
  const guard = v.safeParse(CleanupGuardResponse, reply.body);
  if (!guard.success) return failed(reply, context);
  const { error, cleaned_agents, candidates, plan } = guard.output;
  return waiting(
    waitingLines({ message: error, entries: cleaned_agents, count: candidates }, context.paint),
    reply.body,
    {
      question: `Clean up exactly these ${counted(candidates, 'candidate')}?`,
      command: confirmCommand(context, fields, plan),
      confirm: () => applyCleanup(context, { ...fields, confirm: plan }),
    },
  );
}

function bodyOf(fields: Fields): Fields {
  return { action: 'cleanup_orphaned', ...fields };
}

function confirmCommand({ commandLine }: CommandContext, fields: Fields, plan: string): string {
  const days = fields['older_than_days'];
  return commandLine('cleanup', ...(days === undefined ? [] : ['--older-than-days', String(days)]), '--confirm', plan);
}

export const restore: Command = {
  summary: 'Bring back interviewers that a cleanup took out of use',
  description: 'They come back as orphans under their old id; the next sync makes those active whose agent exists.',
  positionals: [{ name: 'agent_id', required: true, many: true }],
  options: [],
  examples: ['restore agent_1f0c6a9d84e2b7350d91c4f8a2'],
  async run(context, { positionals }) {
    const body = { action: 'restore', agent_ids: positionals };
    const reply = await context.client.call(API.cleanup, RestoreReport, { body });
    if (!reply.ok) return failed(reply, context);
    const isMissing = reply.value.restored_agents.some(({ outcome }) => outcome === 'not_found');
    const lines = restoreLines(reply.value, context.paint);
    return succeeded({ exit: isMissing ? EXIT.failed : EXIT.ok, lines, body: reply.body });
  },
};
