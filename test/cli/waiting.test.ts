/** What waits for a person, against a running service: conflicts, and a sync that did nothing else. */
import { expect, test } from '@jest/globals';
import { interviewAgents } from '../support/agents.ts';
import { type CliResult, callCli, useServer } from '../support/cli.ts';
import { useSystem } from '../support/system.ts';

const system = useSystem({ agents: interviewAgents(12) });
const server = useServer();

function cli(...args: readonly string[]): Promise<CliResult> {
  return callCli([...args, '--url', server.url()]);
}

test('acknowledge closes the conflict that status lists', async () => {
  await cli('sync');
  system.simulator.account.edit('agent_3', { agent_name: 'Interview R' }, { publish: true });
  await system.database.query(`update interviewer set name = 'Interview D' where agent_id = 'agent_3'`);
  await cli('sync');
  await cli('audit');
  expect((await cli('status')).out).toMatch(/^ {2}- name_conflict: "Interview R" \(agent_3\)/m);
  const { exit, out } = await cli('acknowledge', 'agent_3');
  expect({ exit, out }).toEqual({ exit: 0, out: '  acknowledged  agent_3\n\n1 conflict acknowledged.\n' });
  expect((await cli('status')).out).not.toContain('name_conflict');
  const again = await cli('acknowledge', 'agent_3');
  expect(again).toMatchObject({ exit: 2, err: expect.stringContaining('There is no open conflict of this agent.') });
});

test('a blocked sync that changed nothing says what waits and not that there was nothing to change; its run does too', async () => {
  await cli('sync');
  for (let number = 1; number <= 6; number += 1) system.simulator.account.delete(`agent_${number}`);
  const { exit, out } = await cli('sync');
  expect({ exit, out }).toEqual({ exit: 3, out: expect.stringMatching(/^ {2}- +"Interview agent 1" /) });
  expect((await cli('runs', '--limit', '1')).out).toContain('; the orphan guard blocks 6 interviewers');
});
