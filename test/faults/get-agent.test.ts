import { beforeEach, describe, expect, test } from '@jest/globals';
import { eligibleAgent, interviewAgents } from '../support/agents.ts';
import { schedulerEvent } from '../support/events.ts';
import type { Fault } from '../support/faults.ts';
import { reasonsOf } from '../support/reasons.ts';
import { refusal, reply } from '../support/simulator.ts';
import { useSystem } from '../support/system.ts';
import { allTables } from '../support/tables.ts';

const SYNC = 'POST /api/sync-retell-agents';

const system = useSystem();

function failing(agent_id: string, respond: Fault['respond'], times?: number): void {
  system.simulator.fault({ match: { agent_id }, respond, ...(times === undefined ? {} : { times }) });
}

describe('an error of the whole account', () => {
  beforeEach(async () => {
    system.addAgents(interviewAgents(2));
    await system.call(SYNC);
    system.simulator.account.addAgent(eligibleAgent(3));
    system.simulator.account.delete('agent_1');
  });

  /** Observations may be newer. */
  async function allButRuns() {
    const {
      'voice_agent_sync.run': _runs,
      'voice_agent_sync.retell_agent': _readings,
      ...rest
    } = await allTables(system.database.query);
    return rest;
  }

  const answers = (status: number): Fault => ({
    match: { agent_id: 'agent_3' },
    respond: refusal(status, 'No'),
  });
  const REFUSALS: [string, () => void, string, string][] = [
    ['a key that is refused', () => system.simulator.replaceKey('key_x'), 'retell_unauthorized', 'RETELL_API_KEY'],
    [
      '[R20] 401 for one of the agents',
      () => system.simulator.fault(answers(401)),
      'retell_unauthorized',
      'RETELL_API_KEY',
    ],
    [
      '[R20] 403 for one of the agents',
      () => system.simulator.fault(answers(403)),
      'retell_unauthorized',
      'RETELL_API_KEY',
    ],
    ['402, an unpaid bill,', () => system.simulator.fault(answers(402)), 'retell_payment_required', 'bill'],
  ];

  test.each(REFUSALS)('%s fails the sync, and nothing is written', async (_, happens, code, hint) => {
    const before = await allButRuns();
    happens();
    const { status, body } = await system.call(SYNC, { confirm_orphans: true });
    expect([status, body.code]).toEqual([502, code]);
    expect(body.hint).toContain(hint);
    expect(await allButRuns()).toEqual(before);
    const { body: history } = await system.call('GET /api/sync-runs');
    expect(history.runs[0]).toMatchObject({ status: 'failed', error_code: code });
    expect(system.metrics).toContainEqual({ SyncFailures: 1 });
  });
});

test('[L10] a failed sync sends no more requests to Retell', async () => {
  system.addAgents(interviewAgents(200));
  system.simulator.setLatency(2);
  failing('agent_5', refusal(403, 'No'));
  const { status } = await system.call(SYNC);
  expect(status).toBe(502);
  const asked = system.simulator.requests.count('/get-agent/');
  expect(asked).toBeLessThan(30);
  await system.call('GET /api/audit-agents?agent_id=agent_1');
  expect(system.simulator.requests.count('/get-agent/')).toBe(asked + 1);
});

describe('429 from Retell', () => {
  const throttled = (headers: Readonly<Record<string, string>> = {}) =>
    reply(429, { status: 'error', message: 'Account rate limited, please throttle your requests.' }, headers);
  const HEADERS: Record<string, Record<string, string>> = {
    'no Retry-After': {},
    'Retry-After in seconds': { 'retry-after': '2' },
    'a Retry-After of an hour, which is not waited for,': { 'retry-after': '3600' },
    'an invalid Retry-After': { 'retry-after': 'soon' },
  };

  test.each(Object.entries(HEADERS))('with %s is retried', async (_, headers) => {
    system.addAgents(interviewAgents(4));
    const respond = throttled(headers);
    system.simulator.fault({ match: { path: '/v2/list-agents' }, times: 1, respond });
    failing('agent_2', respond, 2);
    const answer = await system.direct(schedulerEvent(), 600_000);
    expect(answer).toMatchObject({
      success: true,
      sync_result: { errors: [], retell_calls: 1 + 1 + 4 + 2, counts: { created: 4 } },
    });
  });

  test('that does not end leaves the agent to a continuation', async () => {
    system.addAgents(interviewAgents(3));
    await system.call(SYNC);
    system.simulator.account.delete('agent_2');
    failing('agent_2', throttled());
    const { status, body } = await system.call(SYNC, { confirm_orphans: true });
    expect(status).toBe(202);
    expect(body).toMatchObject({ partial: true, orphaned: [], errors: [], counts: { pending: 1 } });
    expect((await system.rows()).every((row) => row['sync_status'] === 'active')).toBe(true);
  });

  test('[R7] with a Retry-After of an hour fails a short request at once', async () => {
    system.addAgents(interviewAgents(1));
    const respond = throttled({ 'retry-after': '3600' });
    system.simulator.fault({ match: { path: '/v2/list-agents' }, respond });
    const { status, body } = await system.call(SYNC);
    expect([status, body.code]).toEqual([503, 'deadline_exceeded']);
    expect(body.error).toMatch(/^Retell limits the rate: the next call has to wait \d+ s/);
    expect(system.simulator.requests.count('/v2/list-agents')).toBe(1);
  });
});

test('[R16] [R17] [R18] odd names and ids are stored unchanged, and do not change in the next sync', async () => {
  const odd = {
    nameless: { agent_id: 'agent_nameless', agent_name: null },
    blank: { agent_id: 'agent_blank', agent_name: '   ' },
    long: { agent_id: 'agent_long', agent_name: `Bob ${'x'.repeat(4_996)}` },
    emoji: { agent_id: 'agent_emoji', agent_name: '🎙️ Interview 👩‍💻 — éè' },
    quotes: { agent_id: 'agent_quotes', agent_name: `Lisa "the" o'Hara \\ -- ; drop table interviewer; $1 %s` },
    nul: { agent_id: 'agent_nul', agent_name: 'Voice\u0000 agent' },
    surrogate: { agent_id: 'agent_surrogate', agent_name: 'Agent \ud800 half' },
    path: { agent_id: 'agent/../with?query=1&x#y %2F é', agent_name: 'Flow with an odd id' },
    dots: { agent_id: '..', agent_name: 'Bob of dots' },
    long_id: { agent_id: `agent_${'i'.repeat(249)}`, agent_name: 'Bob of a long id' },
    future: { agent_id: 'agent_future', agent_name: 'Bob of the future', modified_at: 8_640_000_000_000_000 },
  };
  system.addAgents(Object.values(odd));
  const { status, body } = await system.call(SYNC);
  expect(status).toBe(200);
  expect(reasonsOf([...body.skipped, ...body.errors])).toEqual({
    agent_nameless: 'Missing required fields: agent_name',
    agent_blank: 'Missing required fields: agent_name',
    '..': expect.stringContaining('no request can carry it'),
    agent_future: expect.stringContaining('Postgres'),
  });
  const names = Object.fromEntries((await system.rows()).map((row) => [row['agent_id'], row['name']]));
  expect(names).toEqual({
    agent_long: odd.long.agent_name,
    agent_emoji: odd.emoji.agent_name,
    agent_quotes: odd.quotes.agent_name,
    agent_nul: 'Voice agent',
    agent_surrogate: 'Agent \ufffd half',
    [odd.path.agent_id]: odd.path.agent_name,
    [odd.long_id.agent_id]: odd.long_id.agent_name,
  });
  const second = await system.call(SYNC);
  expect(second.body).toMatchObject({ created: [], updated: [], unchanged: 7 });
  for (const { agent_id } of [odd.path, odd.long_id, odd.quotes]) {
    const explained = await system.call(`GET /api/audit-agents?agent_id=${encodeURIComponent(agent_id)}`);
    expect(explained.body).toMatchObject({ success: true, agent_id, in_step: true });
  }
});
