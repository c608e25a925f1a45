import { API } from '../../../shared/api/endpoints.ts';
import { RunDetails, RunPage, RunQuery, RunsQuery } from '../../../shared/api/runs.ts';
import type { Command, CommandContext, Given, Outcome } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { fieldsOf, optionsOf } from '../options.ts';
import { failed, succeeded } from '../outcome.ts';
import { runLines, runsLines } from '../text/runs-text.ts';

const LIST_OPTIONS = optionsOf(RunsQuery);
const LOG_OPTIONS = optionsOf(RunQuery);
const SHARED = new Set(LIST_OPTIONS.map(({ name }) => name));
const LOG_ONLY = LOG_OPTIONS.filter(({ name }) => !SHARED.has(name)).map((option) => ({
  ...option,
  description: `Of one run: ${option.description}`,
}));

export const runs: Command = {
  summary: 'List the history of runs, or show one run with its log',
  positionals: [{ name: 'run', required: false }],
  options: [...LIST_OPTIONS, ...LOG_ONLY],
  examples: ['runs', 'runs --changed --limit 10', 'runs --status held', 'runs 42'],
  run: (context, given) => (given.positionals[0] === undefined ? listRuns(context, given) : showRun(context, given)),
};

async function listRuns(context: CommandContext, { options }: Given): Promise<Outcome> {
  const query = fieldsOf(LIST_OPTIONS, options);
  const reply = await context.client.call(API.listRuns, RunPage, { query });
  if (!reply.ok) return failed(reply, context);
  const { next } = reply.value;
  const more = next === null ? [] : [context.paint('dim', `Older runs: --before ${next}`)];
  return succeeded({ exit: EXIT.ok, lines: [...runsLines(reply.value, context.paint), ...more], body: reply.body });
}

async function showRun(context: CommandContext, { positionals: [id = ''], options }: Given): Promise<Outcome> {
  const query = fieldsOf(LOG_OPTIONS, options);
  const reply = await context.client.call(API.readRun, RunDetails, { path: { id }, query });
  if (!reply.ok) return failed(reply, context);
  return succeeded({ exit: EXIT.ok, lines: runLines(reply.value, context.paint, context.now), body: reply.body });
}
