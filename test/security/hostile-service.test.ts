/** The command line may be connected to any server: no string of a response reaches the terminal unchanged. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { apiClient } from '../../infra/cli/client.ts';
import { withProgress } from '../../infra/cli/progress.ts';
import { runCli } from '../../infra/cli/run-cli.ts';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
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

/** The body with the string at this position poisoned; null: it has no such string. */
function poisoned(body: unknown, position: number): unknown {
  let seen = -1;
  const visit = (value: unknown): unknown => {
    if (typeof value === 'string') return (seen += 1) === position ? `${value}${POISON}` : value;
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, visit(inner)]));
  };
  const result = visit(body);
  return position <= seen ? result : null;
}

function exampleOf(method: string, path: string): unknown {
  const responses = matchEndpoint(ENDPOINTS, method, path)?.endpoint.responses ?? {};
  return Object.values(responses).flatMap((response) => ('example' in response ? [response.example] : []))[0];
}

async function run(args: readonly string[]): Promise<string> {
  const written: string[] = [];
  const write = (text: string) => void written.push(text);
  await runCli([...args, '--url', url], {
    env: {},
    project: '/nowhere',
    out: { hasColours: false, write },
    err: { hasColours: false, isTerminal: false, write },
    now: () => new Date('2026-03-12T20:00:00.000Z'),
    ask: null,
  });
  return written.join('');
}

function expectHarmless(output: string): void {
  expect(output.replaceAll('\n', '')).not.toMatch(INVISIBLE);
  const [, command = ''] = /To confirm exactly this:\n {2}(.*)/.exec(output) ?? [];
  expect(command).not.toContain('rm -rf');
}

const COMMANDS = [
  ['status'],
  ['audit'],
  ['diff'],
  ['sync'],
  ['explain', 'agent_0a1b2c3d4e5f60718293a4b5c6'],
  ['explain', 'Explorer Lisa'],
  ['runs'],
  ['runs', '42'],
  ['undo', '42'],
  ['acknowledge', 'agent_0a1b2c3d4e5f60718293a4b5c6'],
  ['cleanup'],
  ['restore', 'agent_0a1b2c3d4e5f60718293a4b5c6'],
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
    expectHarmless(await run(command));
    if (position % 10 === 0) expectHarmless(await run([...command, '--json']));
  }
  return position;
}

describe('[S133] no string of a response reaches the terminal, or a command to copy, as it is, of', () => {
  test.each(COMMANDS.map((command) => [command.join(' '), command] as const))('%s', async (_, command) => {
    expect(await expectEachHarmless(command, 200, exampleOf)).toBeGreaterThan(3);
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
