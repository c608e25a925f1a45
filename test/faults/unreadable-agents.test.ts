/** Agents that cannot be read, each for a different reason, a few in each sync. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { interviewAgents } from '../support/agents.ts';
import type { FaultResponse } from '../support/faults.ts';
import { hiding } from '../support/listing-hooks.ts';
import { refusal, reply } from '../support/simulator.ts';
import { type TestResponse, useSharedSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const LONG = { remainingMs: 600_000 };
/** Few, because all waits of a sync add up on the clock of the test's client. */
const PER_SYNC = 4;

/** The detail of an agent with these fields changed. */
function detailWith(changes: Readonly<Record<string, unknown>>) {
  return (agent_id: string): FaultResponse =>
    reply(200, {
      agent_id,
      agent_name: 'Interview agent',
      voice_id: '11labs-Adrian',
      version: 0,
      is_published: true,
      response_engine: { type: 'retell-llm', llm_id: 'llm_1' },
      last_modification_timestamp: 1_700_000_000_000,
      ...changes,
    });
}

const ANSWERS: Record<string, (agent_id: string) => FaultResponse> = {
  'status 500': () => refusal(500, 'Internal'),
  'a message that Postgres cannot store': () => refusal(500, `\u0000\ud800${'x'.repeat(297)}😀`),
  'status 400': () => refusal(400, 'Bad'),
  'a 404 that is not from Retell': () => reply(404, '<html>nginx</html>'),
  'a 422 about something else': () => refusal(422, 'version is bad'),
  'no headers': () => ({ kind: 'hang' }),
  'half a body, then nothing': () => ({ kind: 'hang_in_body' }),
  'half a body, then the end': () => ({ kind: 'truncate' }),
  'a reset connection': () => ({ kind: 'destroy' }),
  'HTML with status 200': () => reply(200, '<html></html>'),
  'an empty object': () => reply(200, {}),
  'no version': detailWith({ version: undefined }),
  'no engine': detailWith({ response_engine: undefined }),
  'a name that is a number': detailWith({ agent_name: 7 }),
  'a timestamp in seconds': detailWith({ last_modification_timestamp: 1_700_000_000 }),
  'another agent': detailWith({ agent_id: 'agent_of_another_account' }),
};
const TITLES = Object.keys(ANSWERS);
const GROUPS = Array.from({ length: Math.ceil(TITLES.length / PER_SYNC) }, (_, index) =>
  TITLES.slice(index * PER_SYNC, (index + 1) * PER_SYNC),
);

const idsOf = (entries: readonly { agent_id?: string }[]) => new Set(entries.map(({ agent_id }) => agent_id));

describe.each(GROUPS.map((titles) => ({ titles })))('[R20] an agent that cannot be read', ({ titles }) => {
  const unreadable = titles.map((title, index) => [title, `agent_${index + 1}`] as const);
  const agents = interviewAgents(unreadable.length + 2);
  const readable = idsOf(agents.slice(unreadable.length));
  const system = useSharedSystem({ agents, callTimeoutMs: 250 });

  function spoil(): void {
    for (const [title, agent_id] of unreadable) {
      const respond = ANSWERS[title]?.(agent_id) ?? reply(500);
      system.simulator.fault({ match: { agent_id }, respond });
    }
  }

  async function endFaults(): Promise<void> {
    system.simulator.reset();
    await system.configure({});
  }

  describe('without a row', () => {
    let sync: TestResponse;
    beforeAll(async () => {
      spoil();
      sync = await system.call(SYNC, undefined, LONG);
    });

    test.each(unreadable)('is an error entry (%s)', (_, agent_id) => {
      const { errors, audit_logs } = sync.body;
      expect(errors).toContainEqual(expect.objectContaining({ agent_id, reason: expect.stringMatching(/^Retell /) }));
      expect(audit_logs).toContainEqual(expect.objectContaining({ agent_id, status: 'error' }));
    });

    test('stops no other agent from being created', () => {
      expect([sync.status, idsOf(sync.body.created)]).toEqual([200, readable]);
      expect(sync.body.errors).toHaveLength(unreadable.length);
      expect(sync.body).toMatchObject({ orphaned: [], health_score: null });
    });

    test('is created by the next sync that can read it, which reads no other agent', async () => {
      await endFaults();
      const { body } = await system.call(SYNC);
      expect(body).toMatchObject({ errors: [], unchanged: readable.size, health_score: 100 });
      expect(body.created).toHaveLength(unreadable.length);
      expect(system.simulator.requests.count('/get-agent/')).toBe(unreadable.length);
    });
  });

  describe('that is not listed', () => {
    let before: unknown;
    let sync: TestResponse;
    beforeAll(async () => {
      await endFaults();
      await system.call(SYNC);
      before = await system.rows();
      system.simulator.onListing(hiding(...unreadable.map(([, agent_id]) => agent_id)));
      spoil();
      sync = await system.call(SYNC, { confirm_orphans: true }, LONG);
    });

    test.each(unreadable)('is an error entry (%s)', (_, agent_id) => {
      expect(sync.body.errors).toContainEqual(expect.objectContaining({ agent_id }));
    });

    test('keeps its row unchanged', async () => {
      expect(sync.status).toBe(200);
      expect(sync.body.orphaned).toEqual([]);
      expect(sync.body.errors).toHaveLength(unreadable.length);
      expect(await system.rows()).toEqual(before);
    });
  });
});
