/** The command line as scripts use it: its exit code and its output, against a running service. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { eligibleAgent, interviewAgents } from '../support/agents.ts';
import { type CliResult, callCli, useServer } from '../support/cli.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';

const system = useSystem({ agents: interviewAgents(12) });
const server = useServer();
beforeEach(async () => {
  await system.call('POST /api/scheduled-sync');
});

function cli(...args: readonly string[]): Promise<CliResult> {
  return callCli([...args, '--url', server.url()]);
}

function deleteAgents(count: number): void {
  for (let number = 1; number <= count; number += 1) system.simulator.account.delete(`agent_${number}`);
}

async function orphan(): Promise<void> {
  deleteAgents(2);
  await system.call(SYNC);
  await system.database.query(
    `update interviewer set orphaned_at = now() - interval '30 days' where sync_status = 'orphaned'`,
  );
}

/** The command that the output shows, as arguments. */
function shownCommand({ out }: CliResult): string[] {
  const [, words = ''] = /npm run cli -- ((?:sync|cleanup|undo) .*)$/m.exec(out) ?? [];
  return words.split(' ');
}

describe('exit code 0', () => {
  test('status, audit, diff and sync of two sides that are in sync', async () => {
    const [status, audit, diff, sync] = [await cli('status'), await cli('audit'), await cli('diff'), await cli('sync')];
    expect([status, audit, diff, sync].map(({ exit }) => exit)).toEqual([0, 0, 0, 0]);
    expect(status.out).toMatch(/^IN SYNC {2}Both sides are in sync$/m);
    expect(audit.out).toMatch(/^IN SYNC {2}0 discrepancies; health 100 of 100, excellent; 12 agents in Retell/);
    expect(diff.out).toContain('No changes: both sides are as a sync would leave them.');
    expect(sync.out).toContain('Done: there was nothing to change.');
    expect([status, audit, diff, sync].map(({ err }) => err)).toEqual(['', '', '', '']);
  });

  test('a sync that changes something lists each change with its old and new value', async () => {
    system.simulator.account.edit('agent_3', { voice_id: 'openai-Nova' }, { publish: true });
    const { exit, out } = await cli('sync');
    expect(exit).toBe(0);
    expect(out).toMatch(/^ {2}~ update {2}"Interview agent 3" {2}agent_3$/m);
    expect(out).toMatch(/^ {6}voice_id +"11labs-Adrian" -> "openai-Nova"$/m);
    expect(out).toMatch(/^Done: 1 updated\.$/m);
    expect((await system.row('agent_3'))?.['voice_id']).toBe('openai-Nova');
  });

  test('a sync of one agent leaves the others', async () => {
    for (const id of ['agent_3', 'agent_4']) system.simulator.account.edit(id, { voice_id: 'v2' }, { publish: true });
    const { exit, out } = await cli('sync', '--agent-id', 'agent_3');
    expect({ exit, out }).toEqual({ exit: 0, out: expect.stringMatching(/^Done: 1 updated\.$/m) });
    expect((await system.row('agent_4'))?.['voice_id']).not.toBe('v2');
  });

  test('explain by id, by name, and by a name in lower case', async () => {
    const shown = await Promise.all(
      ['agent_3', 'Interview agent 3', 'interview  AGENT 3'].map((given) => cli('explain', given)),
    );
    for (const { exit, out } of shown) {
      expect(exit).toBe(0);
      expect(out).toMatch(/^IN SYNC {2}"Interview agent 3" agent_3$/m);
      expect(out).toMatch(/^field +Retell +database$/m);
    }
  });

  test('runs, the runs that a filter leaves, and one run with its log', async () => {
    await cli('audit');
    const [all, filtered, one] = [
      await cli('runs'),
      await cli('runs', '--kind', 'scheduled', '--changed'),
      await cli('runs', '1'),
    ];
    expect([all.exit, filtered.exit, one.exit]).toEqual([0, 0, 0]);
    expect(all.out).toMatch(/^2 +\d{4}-.* audit +manual +succeeded/m);
    expect(filtered.out).toMatch(/scheduled/);
    expect(filtered.out).not.toMatch(/ audit /);
    expect(one.out).toMatch(/^Run 1, scheduled \(manual\): succeeded/);
    expect(one.out).toMatch(/^ {2}created +"Interview agent 1" +agent_1 /m);
  });

  test('restore of what a cleanup removed', async () => {
    await orphan();
    await system.call('POST /api/audit-agents', { action: 'cleanup_orphaned' });
    const { exit, out } = await cli('restore', 'agent_1', 'agent_2');
    expect(exit).toBe(0);
    expect(out).toMatch(/^ {2}restored +"Interview agent 1"/m);
  });
});

describe('exit code 1', () => {
  test('status, audit, diff and explain of two sides that differ; diff writes nothing', async () => {
    system.simulator.account.edit('agent_3', { voice_id: 'openai-Nova' }, { publish: true });
    const audit = await cli('audit');
    const [status, diff, explain] = await Promise.all([cli('status'), cli('diff'), cli('explain', 'agent_3')]);
    expect([audit, status, diff, explain].map(({ exit }) => exit)).toEqual([1, 1, 1, 1]);
    expect(audit.out).toMatch(/^voice differs +"Interview agent 3" +agent_3 +4\.17 +Voice is/m);
    expect(status.out).toMatch(/^OUT OF SYNC {2}1 discrepancy between both sides$/m);
    expect(diff.out).toMatch(/^Plan: 1 to update\.$/m);
    expect(explain.out).toMatch(/^voice_id +"openai-Nova" +"11labs-Adrian" +differs$/m);
    expect((await system.row('agent_3'))?.['voice_id']).toBe('11labs-Adrian');
  });
});

describe('exit code 2', () => {
  test('an address that is not the service', async () => {
    const { exit, err } = await callCli(['audit', '--url', `${server.url()}/nothing`]);
    expect({ exit, err }).toEqual({ exit: 2, err: expect.stringContaining('There is nothing at') });
  });

  test('a failure of the service, with its message and the id to search for in the log', async () => {
    system.simulator.replaceKey('key_other');
    const [diff, sync] = [await cli('diff'), await cli('sync')];
    for (const { exit, out, err } of [diff, sync]) {
      expect({ exit, out }).toEqual({ exit: 2, out: '' });
      expect(err).toMatch(/^Retell refuses the API key.*\n.*RETELL_API_KEY.*\n\(retell_unauthorized, request \S+\)\n$/);
    }
    expect((await cli('status')).exit).toBe(2);
  });

  test('an agent that neither side knows, a name that several have, and a run that does not exist', async () => {
    system.addAgents([{ ...eligibleAgent(13), agent_name: 'Interview agent 3' }]);
    await system.call(SYNC);
    const [unknown, several, nearly, run] = await Promise.all([
      cli('explain', 'agent_unknown'),
      cli('explain', 'Interview agent 3'),
      cli('explain', 'Interveiw agent 4'),
      cli('runs', '987'),
    ]);
    expect([unknown, several, nearly, run].map(({ exit }) => exit)).toEqual([2, 2, 2, 2]);
    expect(several.err).toContain('2 agents are named "Interview agent 3".\nGive the id: agent_13, agent_3.');
    expect(nearly.err).toContain('Did you mean "Interview agent 4"?');
  });

  test('restore of an agent that no cleanup removed', async () => {
    await orphan();
    await system.call('POST /api/audit-agents', { action: 'cleanup_orphaned' });
    expect((await cli('restore', 'agent_9')).exit).toBe(2);
    const { exit, out } = await cli('restore', 'agent_1', 'agent_9');
    expect({ exit, out }).toEqual({ exit: 2, out: expect.stringMatching(/^ {2}not found +"agent_9" +agent_9/m) });
  });

  test('a sync that could not read every agent', async () => {
    const end = system.simulator.fault({
      match: { agent_id: 'agent_4' },
      respond: { kind: 'response', status: 400, body: {} },
    });
    system.simulator.account.edit('agent_4', { voice_id: 'openai-Nova' }, { publish: true });
    const { exit, out } = await cli('sync');
    end();
    expect({ exit, out }).toEqual({ exit: 2, out: expect.stringMatching(/^ {2}x error +"Interview agent 4"/m) });
  });

  test.each<[string[], RegExp]>([
    [['snyc'], /^There is no command "snyc"\. Did you mean sync\?$/m],
    [['sync', '--dryrun'], /^There is no option "--dryrun"\. Did you mean --dry-run\?$/m],
    [['explain'], /^`explain` needs <agent_id or name>/m],
    [[], /^Usage: npm run cli -- <command>/m],
  ])('a mistyped command line: %j', async (args, sentence) => {
    const { exit, out, err } = await callCli(args);
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(err).toMatch(sentence);
  });
});

describe('exit code 3', () => {
  test('what the orphan guard blocks, with the command that confirms exactly that', async () => {
    deleteAgents(6);
    const diff = await cli('diff');
    expect(diff.exit).toBe(3);
    expect(diff.out).toMatch(/^ {2}- orphan {2}"Interview agent 6" +agent_6 +Agent no longer exists in Retell$/m);
    const sync = await cli('sync');
    expect(sync.exit).toBe(3);
    expect(sync.out).toMatch(/^6 interviewers would be orphaned/m);
    expect(shownCommand(sync)).toEqual(shownCommand(diff));
    expect((await cli('status')).exit).toBe(3);
    system.simulator.account.delete('agent_7');
    const changed = await callCli(shownCommand(sync));
    expect({ exit: changed.exit, out: changed.out }).toEqual({
      exit: 3,
      out: expect.stringContaining('The plan that you confirmed has changed'),
    });
    expect((await callCli(shownCommand(changed))).exit).toBe(0);
    const rows = await system.rows();
    expect(rows.filter(({ sync_status }) => sync_status === 'orphaned')).toHaveLength(7);
  });

  test("another account's agents, for which nothing is written", async () => {
    deleteAgents(12);
    system.addAgents([{ ...eligibleAgent(20), agent_name: 'Interview elsewhere' }]);
    const { exit, out } = await cli('diff');
    expect({ exit, out }).toEqual({ exit: 3, out: expect.stringContaining('Check RETELL_API_KEY first') });
    expect(await system.rows()).toHaveLength(12);
  });

  test('a cleanup that was not confirmed; confirmed, it takes exactly what was shown', async () => {
    await orphan();
    const shown = await cli('cleanup', '--older-than-days', '10');
    expect(shown.exit).toBe(3);
    expect(shown.out).toMatch(/^ {2}- archive +"Interview agent 1" +agent_1/m);
    expect(await system.rows()).toHaveLength(12);
    expect((await cli('cleanup', '--dry-run')).exit).toBe(0);
    const done = await callCli(shownCommand(shown));
    expect({ exit: done.exit, out: done.out }).toEqual({
      exit: 0,
      out: expect.stringContaining('Cleanup completed: 2 archived'),
    });
    expect(await system.rows()).toHaveLength(10);
    expect((await callCli(shownCommand(shown))).out).toContain('no orphan is old enough');
  });

  test('an undo that was not confirmed; confirmed, it puts back exactly what was shown', async () => {
    system.simulator.account.edit('agent_3', { agent_name: 'Interview renamed' }, { publish: true });
    await system.call(SYNC);
    const shown = await cli('undo', '2');
    expect(shown.exit).toBe(3);
    expect(shown.out).toMatch(/^ {6}retell_name +"Interview renamed" -> "Interview agent 3"$/m);
    expect((await system.row('agent_3'))?.['name']).toBe('Interview renamed');
    expect((await cli('undo', '2', '--dry-run')).exit).toBe(0);
    const done = await callCli(shownCommand(shown));
    expect({ exit: done.exit, err: done.err }).toEqual({ exit: 0, err: '' });
    expect((await system.row('agent_3'))?.['name']).toBe('Interview agent 3');
    const again = await cli('undo', '2');
    expect({ exit: again.exit, err: again.err }).toEqual({ exit: 2, err: expect.stringContaining('already_undone') });
    expect((await cli('undo', '987')).exit).toBe(2);
  });
});

describe('for programs', () => {
  test('--json prints the body of the response, of failures too', async () => {
    deleteAgents(6);
    const [status, guard, failure] = [
      await cli('status', '--json'),
      await cli('sync', '--json'),
      await cli('runs', '987', '--json'),
    ];
    expect(JSON.parse(status.out)).toMatchObject({ success: true, status: { state: 'in_sync' } });
    expect(guard.exit).toBe(3);
    expect(JSON.parse(guard.out)).toMatchObject({
      code: 'orphan_guard',
      plan: expect.any(String),
      held_back: expect.any(Array),
    });
    expect(JSON.parse(failure.out)).toMatchObject({ success: false, code: 'run_not_found' });
    expect([status, guard, failure].map(({ err }) => err)).toEqual(['', '', '']);
  });
});

describe('the token', () => {
  beforeEach(() => system.configure({ SYNC_AUTH_TOKEN: 'a-token-of-the-test-long-enough' }));

  test('comes from SYNC_AUTH_TOKEN or --token, and is in no output', async () => {
    const SYNC_AUTH_TOKEN = 'a-token-of-the-test-long-enough';
    deleteAgents(6);
    const url = ['--url', server.url()];
    expect((await callCli(['status', ...url])).err).toContain('SYNC_AUTH_TOKEN');
    const shown = [
      await callCli(['sync', ...url], { SYNC_AUTH_TOKEN }),
      await callCli(['sync', ...url, '--token', SYNC_AUTH_TOKEN]),
    ];
    for (const { exit, out, err } of shown) {
      expect(exit).toBe(3);
      expect(out + err).not.toContain(SYNC_AUTH_TOKEN);
    }
  });

  test('is never sent unencrypted to another machine', async () => {
    const { exit, err } = await callCli(['status', '--url', 'http://192.0.2.1'], {
      SYNC_AUTH_TOKEN: 'x'.repeat(30),
    });
    expect({ exit, err }).toEqual({
      exit: 2,
      err: '--url http://192.0.2.1 would send the token unencrypted: use https.\n',
    });
  });
});
