/** Every kind of event, for an agent without a row and one with a row. */
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  agentEvent,
  CALL_EVENTS,
  CHAT_EVENTS,
  callEvent,
  EVENT_NAMES,
  eventNamed,
  namedAgentEvent,
} from '../../infra/local/retell-simulator/events.ts';
import { eligibleAgent, interviewAgents } from '../support/agents.ts';
import { useSharedSystem } from '../support/system.ts';
import { allTables } from '../support/tables.ts';

const KNOWN = { agent_id: 'agent_known' };
const NEW = EVENT_NAMES.map((name, index) => [name, { agent_id: `agent_${index + 1}` }] as const);

const system = useSharedSystem({ agents: [...interviewAgents(NEW.length + 4), eligibleAgent(0, KNOWN)] });
beforeAll(() => system.webhook(agentEvent('created', KNOWN)));
beforeEach(() => system.simulator.requests.clear());

const calls = () => system.simulator.requests.count();

describe('a webhook of an agent without a row', () => {
  test.each(NEW)('creates the row after one read (%s)', async (name, hint) => {
    const { status, body } = await system.webhook(eventNamed(name, hint));
    expect({ status, ...body }).toMatchObject({ status: 200, success: true, action: 'created', ...hint });
    expect(calls()).toBe(1);
    expect(await system.row(hint.agent_id)).toMatchObject({ voice_id: '11labs-Adrian', sync_status: 'active' });
  });

  const another = (number: number) => ({ agent_id: `agent_${NEW.length + number}` });
  test.each([
    ['data', namedAgentEvent('updated', another(1), 'data')],
    ['agent', namedAgentEvent('updated', another(2), 'agent')],
    ['data beside a dotted event name', { event: 'agent.updated', data: another(3) }],
    ['a call in data', { event: 'call_ended', data: another(4) }],
  ])('finds the agent in %s', async (_, payload) => {
    expect((await system.webhook(payload)).body).toMatchObject({ action: 'created' });
  });
});

describe('a webhook of an agent with a row', () => {
  test.each([...CALL_EVENTS, ...CHAT_EVENTS])('calls nothing and writes nothing but its count for %s', async (name) => {
    const before = await allTables(system.database.query);
    const { status, body } = await system.webhook(eventNamed(name, { ...KNOWN, agent_version: 0 }));
    expect({ status, action: body.action }).toEqual({ status: 200, action: 'ignored' });
    expect(calls()).toBe(0);
    expect(await allTables(system.database.query)).toEqual(before);
  });

  test('[W16] calls nothing for fifty transcripts at once', async () => {
    const payload = callEvent('transcript_updated', { ...KNOWN, agent_version: 0 });
    const answers = await Promise.all(Array.from({ length: 50 }, () => system.webhook(payload)));
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
    expect(calls()).toBe(0);
  });

  test.each([1e300, 2 ** 31, -1, 1.5, '9', null, {}])('ignores the invalid version %j', async (agent_version) => {
    const { status } = await system.webhook({ event: 'call_ended', call: { ...KNOWN, agent_version } });
    expect(status).toBe(200);
    expect(calls()).toBe(0);
  });
});
