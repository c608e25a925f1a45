/** The command line of the sample account. */
import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Retell } from 'retell-sdk';
import { webhookEndpoints } from '../../shared/api/webhook.ts';
import { visibleSentence } from '../../shared/visible-text.ts';
import { findRunning } from './pid-file.ts';
import { EVENT_NAMES } from './retell-simulator/events.ts';
import { accountFile } from './sample-account.ts';
import { COMMANDS } from './sample-commands.ts';

const HELP = `Acts on the sample Retell account while \`npm start\` runs.

${Object.entries(COMMANDS)
  .map(([name, { args, does }]) => `  npm run sample -- ${[name, ...args].join(' ').padEnd(26)}${does}\n`)
  .join('')}  npm run sample -- ${'reset'.padEnd(26)}begin with the sample agents again at the next \`npm start\`
  <agent> is an id, or a name that only one agent has.
  --event   after rename, voice, add and delete: also send the agent event

  Events: ${EVENT_NAMES.join(', ')}
`;

/** Runs one command. Returns what to print, or throws an Error of one line. `project` contains `.local`. */
export async function runSample(argv: readonly string[], project: string): Promise<string> {
  const options = { event: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
  const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options });
  const [name, ...args] = positionals;
  if (values.help === true || name === undefined) return HELP;
  if (name === 'reset' && args.length === 0) return resetAccount(project);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw new Error(`There is no command ${JSON.stringify(name)}: see --help.`);
  if (args.length !== command.args.length)
    throw new Error(`\`${name}\` takes ${command.args.length} argument(s): see --help.`);
  const running = await findRunning(project);
  if (running === null)
    throw new Error('No sample account runs here: start it with `npm start`, without RETELL_API_KEY.');
  const { retell_api_key: apiKey, simulator_url: baseURL, webhook_key: key } = running;
  const client = new Retell({ apiKey, baseURL, maxRetries: 0, timeout: 10_000, logLevel: 'off' });
  const webhook = { url: `${running.url}${webhookEndpoints.webhook.path}`, key };
  const output = await command.run({ client, webhook, sendEvent: values.event === true }, ...args);
  return output.split('\n').map(visibleSentence).join('\n');
}

/** The running service holds the account in memory, and would write it again. */
async function resetAccount(project: string): Promise<string> {
  const running = await findRunning(project);
  if (running !== null) throw new Error(`Stop \`npm start\` first: ${running.url} holds the sample account.`);
  await rm(accountFile(project), { force: true });
  return 'The next `npm start` begins with the sample agents; its first sync brings the interviewers in sync with them.';
}
