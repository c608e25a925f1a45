/** Which webhook events arrived and what happened to them, as `GET /api/webhook-events` shows it. */
import { describe, expect, test } from '@jest/globals';
import { agentEvent, callEvent } from '../../infra/local/retell-simulator/events.ts';
import { eligibleAgent } from '../support/agents.ts';
import { useSystem } from '../support/system.ts';

const EVENTS = 'GET /api/webhook-events';
const AGENT = { agent_id: 'agent_1' };
const MINUTE = 60_000;

const system = useSystem({ agents: [eligibleAgent(1)] });

async function listed() {
  return (await system.call(EVENTS)).body;
}

function later(ms: number): void {
  // Here only the tally uses this clock.
  const now = system.services().now;
  Object.assign(system.services(), { now: () => new Date(now().getTime() + ms) });
}

test('an event that changes something is counted and kept with what it changed', async () => {
  await system.webhook(agentEvent('created', AGENT));
  expect(await listed()).toMatchObject({
    success: true,
    last_accepted: expect.any(String),
    last_refused: null,
    unknown_agents: 0,
    counts: [{ event: 'agent.created', outcome: 'created', count: 1 }],
    events: [
      {
        event: 'agent.created',
        outcome: 'created',
        agent_id: 'agent_1',
        detail: expect.stringContaining('Interview agent 1'),
      },
    ],
  });
});

test('events with nothing new are counted by name and outcome, and not kept', async () => {
  await system.webhook(agentEvent('created', AGENT));
  for (let times = 0; times < 3; times += 1)
    await system.webhook(callEvent('call_ended', { ...AGENT, agent_version: 0 }));
  const { counts, events } = await listed();
  expect(counts).toContainEqual({ hour: expect.any(String), event: 'call_ended', outcome: 'ignored', count: 3 });
  expect(events).toHaveLength(1);
});

test('an event about no agent shows at once', async () => {
  await system.webhook({ event: 'whatever', data: {} });
  expect(await listed()).toMatchObject({ counts: [{ event: 'other', outcome: 'ignored', count: 1 }], events: [] });
});

describe('refused requests', () => {
  const refused = () =>
    system.call('POST /api/retell-webhook', '{}', { headers: { 'content-type': 'application/json' } });

  test('cost the database nothing, and are written with the next event', async () => {
    const before = system.services().database.statements();
    for (let times = 0; times < 50; times += 1) await refused();
    expect(system.services().database.statements()).toBe(before);
    await system.webhook(agentEvent('created', AGENT));
    const { counts, events, last_refused } = await listed();
    expect(counts).toContainEqual({ hour: expect.any(String), event: 'unverified', outcome: 'refused', count: 50 });
    const byOutcome = Object.groupBy(events, ({ outcome }: { outcome: string }) => outcome);
    expect(Object.keys(byOutcome).toSorted()).toEqual(['created', 'refused']);
    expect(byOutcome['created']).toHaveLength(1);
    const entry = { agent_id: null, detail: 'The request has no x-retell-signature header' };
    expect(byOutcome['refused']).toMatchObject(Array.from({ length: 20 }, () => entry));
    expect(last_refused).toEqual(expect.any(String));
  });

  test('[S132] and unusable events never replace events that changed something or failed, however many there are', async () => {
    await system.webhook(agentEvent('created', AGENT));
    const endFault = system.simulator.fault({
      match: { agent_id: 'agent_1' },
      respond: { kind: 'response', status: 400, body: {} },
    });
    await system.webhook(agentEvent('updated', AGENT));
    endFault();
    for (let times = 0; times < 3; times += 1) {
      for (let round = 0; round < 200; round += 1) await refused();
      for (let round = 0; round < 25; round += 1)
        await system.webhook({ event: 'call_ended', call: { agent_id: '../x' } });
      later(MINUTE);
      await system.webhook({ event: 'whatever', data: {} });
    }
    const { events } = await listed();
    const count = (wanted: string) => events.filter(({ outcome }: { outcome: string }) => outcome === wanted).length;
    expect(['created', 'failed', 'refused', 'invalid'].map(count)).toEqual([1, 1, 20, 20]);
  });

  test('are written once a minute if nothing else arrives', async () => {
    await refused();
    later(MINUTE);
    const before = system.services().database.statements();
    for (let times = 0; times < 5; times += 1) await refused();
    expect(system.services().database.statements()).toBe(before + 1);
    expect((await listed()).counts).toMatchObject([{ outcome: 'refused', count: 2 }]);
  });
});

test('a failed delivery is kept with its reason', async () => {
  system.simulator.fault({ match: { agent_id: 'agent_1' }, respond: { kind: 'response', status: 400, body: {} } });
  expect((await system.webhook(agentEvent('updated', AGENT))).status).toBe(503);
  expect((await listed()).events).toMatchObject([
    { outcome: 'failed', agent_id: 'agent_1', detail: expect.stringContaining('could not be read from Retell') },
  ]);
});

test('an unusable event is kept with its reason', async () => {
  await system.webhook({ event: 'call_\u0000', call: { agent_id: '../x' } });
  expect((await listed()).events).toMatchObject([
    { event: 'other', outcome: 'invalid', detail: expect.stringContaining('names no usable agent') },
  ]);
});

test('a table that cannot be written loses no event and refuses none', async () => {
  await system.database.query('alter table voice_agent_sync.webhook_count rename to hidden');
  expect((await system.webhook(agentEvent('created', AGENT))).status).toBe(200);
  await system.database.query('alter table voice_agent_sync.hidden rename to webhook_count');
  await system.webhook(callEvent('call_ended', { ...AGENT, agent_version: 0 }));
  expect((await listed()).counts).toMatchObject([{ event: 'agent.created' }, { event: 'call_ended' }]);
});
