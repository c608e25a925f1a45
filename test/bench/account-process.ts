/** The simulated Retell account in its own process, whose time and memory are not measured. */
import * as v from 'valibot';
import { type Simulator, testSimulator } from '../support/simulator.ts';
import { AccountCommand } from './account.ts';

let simulator: Simulator | undefined;

process.on('message', (message) => {
  void (async () => process.send?.(await obey(v.parse(AccountCommand, message))))();
});
process.on('disconnect', () => process.exit(0));

async function obey(command: AccountCommand): Promise<object> {
  if (command.do === 'start') {
    const { key, agents, latency_ms, rate_limit } = command;
    simulator = await testSimulator([], {
      apiKey: key,
      latencyMs: latency_ms,
      ...(rate_limit === undefined ? {} : { rateLimit: rate_limit }),
    });
    simulator.seed(agents);
    return { url: simulator.url };
  }
  if (simulator === undefined) throw new Error('The account was not started');
  return command.do === 'change' ? { changed: change(simulator, command.count) } : countRequests(simulator);
}

/** Changes the voice of agents spread over the account, and returns them. */
function change({ account }: Simulator, count: number): string[] {
  const step = Math.floor(account.agents.size / count);
  const ids = [...account.agents.keys()].filter((_, index) => index % step === 0).slice(0, count);
  for (const agent_id of ids) account.edit(agent_id, { voice_id: `voice-${Date.now()}` }, { publish: true });
  return ids;
}

/** Since the previous call. */
function countRequests({ requests }: Simulator): object {
  const paths = requests.all.map(({ path }) => path);
  const details = paths.filter((path) => path.startsWith('/get-agent/'));
  requests.clear();
  return { pages: paths.length - details.length, details: details.length, agents: new Set(details).size };
}
