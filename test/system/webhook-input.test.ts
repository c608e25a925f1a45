import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { agentEvent, callEvent } from '../../infra/local/retell-simulator/events.ts';
import { useSharedSystem } from '../support/system.ts';
import { allTables } from '../support/tables.ts';

/** Text whose characters are escaped twice in a Lambda's response. */
const ENDLESS = `call_${'"'.repeat(1_500_000)}`;
const HINT = { agent_id: 'agent_lisa' };

const system = useSharedSystem({ agents: [{ ...HINT, agent_name: 'Interview Lisa', published: true }] });
beforeAll(() => system.call('POST /api/sync-retell-agents'));
beforeEach(() => system.simulator.requests.clear());

const calls = () => system.simulator.requests.count();

describe('[W12] a signed webhook that is malformed changes nothing and sends Retell nothing', () => {
  const about = (agent_id: unknown) => JSON.stringify({ type: 'agent.deleted', data: { agent_id } });
  test.each<[string, string, number]>([
    ['an empty body', '', 400],
    ['not JSON', 'event=call_ended', 400],
    ['half a JSON text', '{"event":"call_ended"', 400],
    ['null', 'null', 400],
    ['a number', '7', 400],
    ['an array', JSON.stringify([agentEvent('deleted', HINT)]), 400],
    ['no event', JSON.stringify({ data: HINT }), 400],
    ['an event that is an object', JSON.stringify({ event: { $ne: null }, data: HINT }), 400],
    ['no agent', JSON.stringify({ type: 'agent.updated' }), 400],
    ['an agent that is null', JSON.stringify({ type: 'agent.updated', data: null }), 400],
    ['an agent in an array', JSON.stringify({ type: 'agent.updated', data: [HINT] }), 400],
    ['an id that is a number', about(7), 400],
    ['an empty id', about(''), 400],
    ['[S47] a path', about('../../delete-agent/agent_lisa'), 400],
    ['[S18] an encoded path', about('..%2f..%2fdelete-agent%2fagent_lisa'), 400],
    ['a query', about('agent_lisa?version=1'), 400],
    ['a NUL', about('agent_lisa\0'), 400],
    ['a line break', about('agent_lisa\n'), 400],
    ['a lone surrogate', '{"type":"agent.deleted","data":{"agent_id":"agent_\\ud800"}}', 400],
    ['300 characters', about('a'.repeat(300)), 400],
    ['the id __proto__', about('__proto__'), 400],
    ['[W14] __proto__ as a key', '{"type":"agent.deleted","data":{"__proto__":{"agent_id":"agent_lisa"}}}', 400],
    ['__proto__ around everything', '{"__proto__":{"type":"agent.deleted","data":{"agent_id":"agent_lisa"}}}', 400],
    ['[W12] 100,000 levels', `${'{"data":'.repeat(100_000)}1${'}'.repeat(100_000)}`, 400],
    ['a call with a bad agent', JSON.stringify({ event: 'call_ended', call: { agent_id: '../x' } }), 400],
    ['a call without an agent', JSON.stringify({ event: 'call_ended', call: { call_id: 'call_1' } }), 200],
    [
      'a call with a bad agent and an event name of 1.5 MB',
      JSON.stringify({ event: ENDLESS, call: { agent_id: '../x' } }),
      400,
    ],
    ['an event name of 1.5 MB', JSON.stringify({ event: ENDLESS }), 200],
    ['[W15] an unknown event', JSON.stringify({ event: 'agent_exploded', agent: HINT }), 200],
  ])('%s', async (_, body, expected) => {
    const before = await allTables(system.database.query);
    const answer = await system.webhook(null, { body });
    expect(answer.status).toBe(expected);
    expect(answer.body).toMatchObject(expected === 200 ? { action: 'ignored' } : { code: 'invalid_event' });
    expect(JSON.stringify(answer.body).length).toBeLessThan(1_000);
    expect(calls()).toBe(0);
    expect(await allTables(system.database.query)).toEqual(before);
    expect(Reflect.has({}, 'agent_id')).toBe(false);
  });

  test('[W8] a body over the limit is 413 before its signature is verified', async () => {
    const body = JSON.stringify(callEvent('call_analyzed', HINT, { transcript: 'x'.repeat(5_000_000) }));
    expect(await system.webhook(null, { body })).toMatchObject({ status: 413, body: { code: 'payload_too_large' } });
    expect(calls()).toBe(0);
  });
});
