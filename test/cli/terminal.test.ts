/** The command line at a terminal: it asks before it confirms, shows progress, and uses colors. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { apiClient } from '../../infra/cli/client.ts';
import { withProgress } from '../../infra/cli/progress.ts';
import { runCli } from '../../infra/cli/run-cli.ts';
import { interviewAgents } from '../support/agents.ts';
import { useServer } from '../support/cli.ts';
import { useSystem } from '../support/system.ts';

const system = useSystem({ agents: interviewAgents(12) });
const server = useServer();
beforeEach(async () => {
  await system.call('POST /api/sync-retell-agents');
});

interface Terminal {
  readonly exit: number;
  readonly out: string;
  readonly questions: readonly string[];
}

/** A person who gives these answers. */
async function atTerminal(args: readonly string[], answers: readonly (string | (() => string))[]): Promise<Terminal> {
  const written: string[] = [];
  const questions: string[] = [];
  const exit = await runCli([...args, '--url', server.url()], {
    env: {},
    project: '/nowhere',
    out: { hasColors: false, write: (text) => void written.push(text) },
    err: { hasColors: false, isTerminal: false, write: () => {} },
    now: () => new Date(),
    async ask(question) {
      const answer = answers[questions.length] ?? '';
      questions.push(question);
      return typeof answer === 'string' ? answer : answer();
    },
  });
  return { exit, out: written.join(''), questions };
}

function deleteAgents(count: number): void {
  for (let number = 1; number <= count; number += 1) system.simulator.account.delete(`agent_${number}`);
}

async function orphans(): Promise<number> {
  return (await system.rows()).filter(({ sync_status }) => sync_status === 'orphaned').length;
}

describe('a sync that a guard blocks', () => {
  beforeEach(() => deleteAgents(6));

  test('asks, and orphans what was shown after "yes"', async () => {
    const { exit, out, questions } = await atTerminal(['sync'], ['yes']);
    expect({ exit, questions }).toEqual({ exit: 0, questions: ['Orphan exactly these? Only "yes" confirms: '] });
    expect(out).toMatch(/6 interviewers would be orphaned.*Done: 6 orphaned\./s);
    expect(out).not.toContain('--confirm');
    expect(await orphans()).toBe(6);
  });

  test.each(['', 'y', 'no', 'YES'])('orphans nothing after %j', async (answer) => {
    const { exit, out } = await atTerminal(['sync'], [answer]);
    expect({ exit, out }).toEqual({ exit: 3, out: expect.stringMatching(/Nothing was confirmed\.\n$/) });
    expect(await orphans()).toBe(0);
  });

  test('asks again when what was shown has changed before the answer', async () => {
    const later = () => {
      system.simulator.account.delete('agent_7');
      return 'yes';
    };
    const { exit, questions, out } = await atTerminal(['sync'], [later, 'no']);
    expect({ exit, asked: questions.length }).toEqual({ exit: 3, asked: 2 });
    expect(out).toContain('The plan that you confirmed has changed');
    expect(await orphans()).toBe(0);
  });

  test('asks nothing with --json', async () => {
    const { exit, questions, out } = await atTerminal(['sync', '--json'], ['yes']);
    expect({ exit, questions }).toEqual({ exit: 3, questions: [] });
    expect(JSON.parse(out)).toMatchObject({ code: 'orphan_guard' });
  });
});

test('a cleanup shows the candidates and asks before it removes them', async () => {
  deleteAgents(2);
  await system.call('POST /api/sync-retell-agents');
  const { exit, out, questions } = await atTerminal(['cleanup', '--older-than-days', '0'], ['yes']);
  expect({ exit, questions }).toEqual({
    exit: 0,
    questions: ['Clean up exactly these 2 candidates? Only "yes" confirms: '],
  });
  expect(out).toMatch(/Dry run, nothing was changed: 2 to archive.*Cleanup completed: 2 archived/s);
  expect(await system.rows()).toHaveLength(10);
});

describe('progress', () => {
  async function progress(isTerminal: boolean): Promise<string> {
    const written: string[] = [];
    const shown = Promise.withResolvers<void>();
    const write = (text: string) => {
      written.push(text);
      shown.resolve();
    };
    const client = apiClient({ url: server.url(), token: null });
    const pace = { patienceMs: 0, everyMs: 5 };
    await withProgress({ client, output: { isTerminal, write }, pace }, () => shown.promise);
    return written.join('');
  }

  test('names the phase of the run and how far it is', async () => {
    const { query } = system.database;
    await query(
      `insert into voice_agent_sync.run (kind, trigger, status, phase, progress_done, progress_total)
       values ('sync', 'manual', 'running', 'reading', 1200, 4285)`,
    );
    expect(await progress(false)).toBe('reading 1,200 of 4,285 (0 s)\n');
  });

  test('is one line that a terminal erases', async () => {
    expect(await progress(true)).toBe('\r\u001b[KWaiting for the service (0 s)\r\u001b[K');
  });
});
