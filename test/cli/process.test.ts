/** The command line as a process: what a function does not show. */
import { expect, test } from '@jest/globals';
import { interviewAgents } from '../support/agents.ts';
import { runCliProcess, useServer } from '../support/cli.ts';
import { useSystem } from '../support/system.ts';

const system = useSystem({ agents: interviewAgents(12) });
const server = useServer();

test('exits with the code of the command, and writes the result to stdout without colors', async () => {
  await system.call('POST /api/sync-retell-agents');
  for (let number = 1; number <= 6; number += 1) system.simulator.account.delete(`agent_${number}`);
  const { exit, out, err } = await runCliProcess(['diff', '--url', server.url()]);
  expect({ exit, err }).toEqual({ exit: 3, err: '' });
  expect(out).toMatch(/^ {2}- orphan {2}"Interview agent 6" +agent_6 +Agent no longer exists in Retell$/m);
  expect(out).not.toContain('\u001b');
});

test('writes to stderr that a service does not respond, and what to do', async () => {
  const { exit, out, err } = await runCliProcess(['status', '--url', 'http://127.0.0.1:1']);
  expect({ exit, out }).toEqual({ exit: 2, out: '' });
  expect(err).toMatch(
    /^http:\/\/127\.0\.0\.1:1 does not respond \(ECONNREFUSED\)\.\nStart the service with `npm start`/,
  );
});

test('reads SYNC_AUTH_TOKEN from its environment', async () => {
  const SYNC_AUTH_TOKEN = 'a-token-of-the-test-long-enough';
  await system.call('POST /api/sync-retell-agents');
  await system.configure({ SYNC_AUTH_TOKEN });
  const { exit } = await runCliProcess(['status', '--url', server.url()], { SYNC_AUTH_TOKEN });
  expect(exit).toBe(0);
});
