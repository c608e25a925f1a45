/** The command line may be connected to any server: no string of a response reaches the terminal unescaped. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { apiClient } from '../../infra/cli/client.ts';
import { EXIT } from '../../infra/cli/exit-codes.ts';
import { withProgress } from '../../infra/cli/progress.ts';
import { runCli } from '../../infra/cli/run-cli.ts';
import type { Explanation } from '../../shared/api/audit.ts';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
import { AGENT_ID, NOW } from '../../shared/api/examples.ts';
import { matchEndpoint } from '../../shared/http/match-endpoint.ts';

const POISON = "\u001b]0;owned\u0007\u009b2J\r\u202e\u{E0041}\u{E0002}'; rm -rf ~; $(id) `id`";
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

type Body = Readonly<Record<string, unknown>>;
let respond: (method: string, path: string) => { status: number; body: unknown };
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const { status, body } = respond(request.method ?? '', new URL(request.url ?? '', 'http://x').pathname);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    request.resume();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
afterAll(() => void server.close());

/** The body with the string, key or number at this position changed; null: it has fewer. */
function poisoned(body: unknown, position: number): unknown {
  let seen = -1;
  const isAtPosition = (): boolean => (seen += 1) === position;
  const atPosition = (text: string): string => (isAtPosition() ? `${text}${POISON}` : text);
  const visit = (value: unknown): unknown => {
    if (typeof value === 'string') return atPosition(value);
    if (typeof value === 'number') return isAtPosition() ? Number.MAX_VALUE : value;
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [atPosition(key), visit(inner)]));
  };
  const result = visit(body);
  return position <= seen ? result : null;
}

function exampleOf(method: string, path: string): unknown {
  const responses = matchEndpoint(ENDPOINTS, method, path)?.endpoint.responses ?? {};
  return Object.values(responses).flatMap((response) => ('example' in response ? [response.example] : []))[0];
}

interface Run {
  readonly output: string;
  readonly exit: number;
}

async function run(args: readonly string[]): Promise<Run> {
  const written: string[] = [];
  const write = (text: string) => void written.push(text);
  const exit = await runCli([...args, '--url', url], {
    env: {},
    project: '/nowhere',
    out: { hasColors: false, write },
    err: { hasColors: false, isTerminal: false, write },
    now: () => new Date('2026-03-12T20:00:00.000Z'),
    ask: null,
  });
  return { output: written.join(''), exit };
}

function expectHarmless(output: string): void {
  expect(output.replaceAll('\n', '')).not.toMatch(INVISIBLE);
  const [, command = ''] = /To confirm exactly this:\n {2}(.*)/.exec(output) ?? [];
  expect(command).not.toContain('rm -rf');
}

const REPORT = { success: true, message: 'Done', run_id: 7 };
const EXPLANATION: Explanation = {
  success: true,
  agent_id: AGENT_ID,
  in_step: false,
  summary: 'Out of sync: the name differs.',
  rules: [{ rule: 'same_name', passed: false, reason: 'The name differs', hint: 'Sync' }],
  retell: {
    agent_id: AGENT_ID,
    agent_name: 'Lisa',
    voice_id: 'v1',
    version: 3,
    is_published: true,
    language: 'en-US',
    last_modification_timestamp: 1_773_342_238_123,
    metadata: { voice_speed: 1.1, model: 'gpt' },
  },
  interviewer: {
    id: '7',
    agent_id: AGENT_ID,
    name: 'Explorer Lisa',
    voice_id: 'v2',
    agent_version: 2,
    language: 'en-GB',
    retell_metadata: { model: 'other' },
    retell_modified_at: NOW,
    orphaned_at: NOW,
    orphan_reason: 'Gone',
    last_synced_at: NOW,
    sync_status: 'orphaned',
  },
  agreed_name: 'Lisa',
  history: [
    { run_id: 41, kind: 'sync', trigger: 'manual', action: 'created', reason: 'New', undoable: false, logged_at: NOW },
  ],
};
/** Of the endpoints whose example is the response to another request. */
const BODIES: Readonly<Record<string, object>> = {
  explain: EXPLANATION,
  restore: {
    ...REPORT,
    restored_count: 1,
    restored_agents: [{ agent_id: AGENT_ID, name: 'Lisa', outcome: 'restored', reason: 'Its agent is back' }],
  },
  acknowledge: { ...REPORT, acknowledged_count: 1, acknowledged: [{ agent_id: AGENT_ID, outcome: 'acknowledged' }] },
};

const COMMANDS = [
  ['status'],
  ['audit'],
  ['diff'],
  ['sync'],
  ['explain', AGENT_ID],
  ['explain', 'Empathetic Bob'],
  ['runs'],
  ['runs', '42'],
  ['undo', '42'],
  ['acknowledge', AGENT_ID],
  ['cleanup'],
  ['restore', AGENT_ID],
] as const;

/** Each string of the response in turn, so that a refused string hides no other. */
async function expectEachHarmless(
  command: readonly string[],
  status: number,
  bodyOf: typeof exampleOf,
): Promise<number> {
  let position = 0;
  for (let isLast = false; !isLast; position += 1) {
    isLast = true;
    respond = (method, path) => {
      const body = bodyOf(method, path);
      const changed = poisoned(body, position);
      if (changed !== null) isLast = false;
      return { status, body: changed ?? body };
    };
    expectHarmless((await run(command)).output);
    if (position % 10 === 0) expectHarmless((await run([...command, '--json'])).output);
  }
  return position;
}

describe('[S133] no response of a hostile service fails the command line, or reaches the terminal or a command to copy unescaped:', () => {
  test.each(COMMANDS.map((command) => [command.join(' '), command] as const))('%s', async (_, command) => {
    const own = BODIES[command[0]];
    const bodyOf: typeof exampleOf = (method, path) =>
      own !== undefined && path === '/api/audit-agents' ? own : exampleOf(method, path);
    respond = (method, path) => ({ status: 200, body: bodyOf(method, path) });
    // A response that is refused as a whole would show none of its strings.
    expect((await run(command)).exit).not.toBe(EXIT.failed);
    expect(await expectEachHarmless(command, 200, bodyOf)).toBeGreaterThan(3);
  });

  test.each([['sync'], ['cleanup', '--confirm', 'A'.repeat(22)], ['undo', '42', '--confirm', 'A'.repeat(22)]])(
    'a 409 of %s',
    async (...command) => {
      const entry = { agent_id: 'a', interviewer_id: '7', name: 'n', reason: 'r', outcome: 'kept', last_synced: null };
      const failure = { success: false, error: 'e', code: 'orphan_guard', hint: 'h', request_id: 'r' };
      const lists = { held_back: [entry], cleaned_agents: [entry], entries: [entry] };
      const body: Body = { ...failure, ...lists, plan: 'B'.repeat(22), candidates: 1, run_id: 7 };
      expect(await expectEachHarmless(command, 409, () => body)).toBeGreaterThan(8);
    },
  );

  test('the progress of a run', async () => {
    const example = exampleOf('GET', '/api/sync-runs');
    respond = () => ({ status: 200, body: { success: true, next: null, runs: [{ ...runOf(example), ...UNDER_WAY }] } });
    const written: string[] = [];
    const output = { isTerminal: false, write: (text: string) => void written.push(text) };
    const shown = Promise.withResolvers<void>();
    const seen = { ...output, write: (text: string) => (output.write(text), shown.resolve()) };
    const pace = { patienceMs: 0, everyMs: 1 };
    await withProgress({ client: apiClient({ url, token: null }), output: seen, pace }, () => shown.promise);
    expect(written.join('')).toContain('owned');
    expectHarmless(written.join(''));
  });
});

const UNDER_WAY = { status: 'running', phase: POISON, progress_done: 1, progress_total: 2 };

function runOf(page: unknown): object {
  const runs: unknown = typeof page === 'object' && page !== null ? Reflect.get(page, 'runs') : [];
  const [run]: unknown[] = Array.isArray(runs) ? runs : [];
  return typeof run === 'object' && run !== null ? run : {};
}
