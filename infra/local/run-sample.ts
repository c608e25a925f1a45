/** The command line of the sample account. */
import { parseArgs } from 'node:util';
import { Retell } from 'retell-sdk';
import { webhookEndpoints } from '../../shared/api/webhook.ts';
import { findRunning } from './pid-file.ts';
import { EVENT_NAMES } from './retell-simulator/events.ts';
import { actOn, type SampleCommand } from './sample-commands.ts';

const HELP = `Acts on the sample Retell account while \`npm start\` runs.

  npm run sample -- list                        the agents of the account
  npm run sample -- rename <agent> <name>       rename, and publish if it was published
  npm run sample -- voice <agent> <voice_id>    give another voice, and publish likewise
  npm run sample -- add <name>                  make an agent
  npm run sample -- delete <agent>              delete it, with all its versions
  npm run sample -- send <event> <agent>        send a signed event to the local webhook

  <agent> is an id, or a name that only one agent has.
  --event   after rename, voice, add or delete: send the matching agent event, too

  Events: ${EVENT_NAMES.join(', ')}
`;

const ARGUMENTS: Readonly<Record<SampleCommand['name'], number>> = {
  list: 0,
  rename: 2,
  voice: 2,
  add: 1,
  delete: 1,
  send: 2,
};

/** Runs one command. Returns what to print, or throws an Error of one sentence. `project` holds `.local`. */
export async function runSample(args: readonly string[], project: string): Promise<string> {
  const { values, positionals } = parseCommandLine(args);
  const [name, ...rest] = positionals;
  if (values.help === true || name === undefined) return HELP;
  if (!isCommand(name)) throw new Error(`There is no command ${JSON.stringify(name)}: see --help.`);
  if (rest.length !== ARGUMENTS[name]) throw new Error(`\`${name}\` takes ${ARGUMENTS[name]} argument(s): see --help.`);
  const running = await findRunning(project);
  if (running === null) {
    throw new Error('No sample account runs here: start it with `npm start`, without RETELL_API_KEY.');
  }
  const client = new Retell({
    apiKey: running.retell_api_key,
    baseURL: running.simulator_url,
    maxRetries: 0,
    timeout: 10_000,
    logLevel: 'off',
  });
  const webhook = { url: `${running.url}${webhookEndpoints.webhook.path}`, key: running.webhook_key };
  return actOn({ client, webhook, sendEvent: values.event === true }, { name, args: rest });
}

function parseCommandLine(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { event: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
}

function isCommand(name: string): name is SampleCommand['name'] {
  return Object.hasOwn(ARGUMENTS, name);
}
