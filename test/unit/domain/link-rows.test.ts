import { describe, expect, test } from '@jest/globals';
import {
  actionsOf,
  agentOf,
  listedOf,
  NO_BASE,
  observationOf,
  observedOf,
  POLICY,
  planned,
  planOf,
  RUN_BEGAN,
  rowOf,
  unreadableFor,
} from './builders.ts';

const CREATES = { ...POLICY, createsAgents: true };

describe('a row without an agent', () => {
  const bob = rowOf({ id: '7', agent_id: null, ...NO_BASE });
  const twoBobs = observedOf([agentOf(), agentOf({ agent_id: 'agent_2' })]);
  const createdFor = (agent_id: string) => new Map([['7', agent_id]]);

  test('is linked to the one unlinked agent of its name', () => {
    const { changes, mergeBases } = planOf({ observed: observedOf([agentOf()]), rows: [bob] });
    expect(changes).toMatchObject([
      {
        action: 'link',
        agent_id: 'agent_1',
        interviewer_id: '7',
        voice_id: 'voice_1',
        name: 'Bob',
        row: bob,
        reason: 'Linked to the agent of the same name: agent_id: null -> "agent_1"',
      },
    ]);
    expect(mergeBases).toEqual([{ agent_id: 'agent_1', retell_name: 'Bob', database_name: 'Bob' }]);
  });

  test('is not linked if two agents have its name, and no third agent is created', () => {
    expect(actionsOf(planOf({ observed: twoBobs, rows: [bob], policy: CREATES }))).toEqual(['create', 'create']);
  });

  test('waits, with the agent of its name, until all other agents of that name are read', () => {
    const listed = new Map(['agent_1', 'agent_2'].map((agent_id) => [agent_id, listedOf({ agent_id })]));
    const observed = observedOf([agentOf()], { listed, pending: new Set(['agent_2']) });
    expect(actionsOf(planOf({ observed, rows: [bob] }))).toEqual([]);
    expect(actionsOf(planOf({ observed, rows: [{ ...bob, name: 'Lisa' }] }))).toEqual(['create']);
  });

  test('is linked to the agent created for it, whatever other agents are named', () => {
    const { changes } = planOf({ observed: twoBobs, rows: [bob], createdAgents: createdFor('agent_2') });
    expect(changes).toMatchObject([
      { action: 'create', agent_id: 'agent_1' },
      { action: 'link', agent_id: 'agent_2' },
    ]);
  });

  test('takes the new name of the agent created for it and reports a conflict', () => {
    const observed = observedOf([agentOf({ agent_name: 'Lisa' })]);
    const plan = planOf({ observed, rows: [bob], createdAgents: createdFor('agent_1') });
    expect(plan).toMatchObject({
      changes: [
        { action: 'link', name: 'Lisa', row: bob },
        { action: 'conflict', agent_id: 'agent_1', interviewer_id: '7', retell_name: 'Lisa', database_name: 'Bob' },
      ],
      mergeBases: [{ agent_id: 'agent_1', retell_name: 'Lisa', database_name: 'Lisa' }],
    });
  });

  test('keeps the agent created for it from another row of that name', () => {
    const rows = [rowOf({ id: '1', agent_id: null }), rowOf({ id: '7', agent_id: null, name: 'Lisa' })];
    const links = planned({ observed: observedOf([agentOf()]), rows, createdAgents: createdFor('agent_1') }, 'link');
    expect(links).toMatchObject([{ row: { id: '7' } }]);
  });

  test('is linked to the agent created for it before a listing shows that agent', () => {
    const observed = observedOf([], { observations: new Map([['agent_1', observationOf(agentOf())]]) });
    expect(planned({ observed, rows: [bob], createdAgents: createdFor('agent_1') }, 'link')).toHaveLength(1);
  });

  test('is not linked to an unlisted agent that was not read in this run', () => {
    const before = observationOf(agentOf(), { read_at: new Date(RUN_BEGAN.getTime() - 1) });
    const observed = observedOf([], { observations: new Map([['agent_1', before]]) });
    expect(planOf({ observed, rows: [bob], createdAgents: createdFor('agent_1') }).changes).toEqual([]);
  });

  test('is linked first if two rows have the name', () => {
    const links = planned({ observed: observedOf([agentOf()]), rows: [bob, { ...bob, id: '8' }] }, 'link');
    expect(links).toMatchObject([{ row: { id: '7' } }]);
  });

  test('gets an agent created with a template if no agent has its name', () => {
    const reason = 'An agent is created in Retell for the row that has none';
    expect(planOf({ rows: [bob], policy: CREATES }).changes).toEqual([
      { action: 'create_agent', agent_id: null, interviewer_id: '7', name: 'Bob', reason, row: bob },
    ]);
  });

  test.each([
    ['without a template', POLICY, bob, {}],
    ['if the direction is pull', { ...CREATES, direction: 'pull' as const }, bob, {}],
    ['if its name matches no pattern', CREATES, { ...bob, name: 'Support' }, {}],
    ['if it is deleted', CREATES, { ...bob, sync_status: 'deleted' as const }, {}],
    ['while an agent of its name is unreadable', CREATES, bob, { unreadable: unreadableFor('No response') }],
    ['while an agent of its name is pending', CREATES, bob, { pending: new Set(['agent_1']) }],
  ])('gets no agent created %s', (_, policy, row, given) => {
    const known = 'unreadable' in given || 'pending' in given ? { listed: new Map([['agent_1', listedOf()]]) } : {};
    const observed = observedOf([], { ...known, ...given });
    expect(planned({ observed, rows: [row], policy }, 'create_agent')).toEqual([]);
  });

  test('gets an agent created while an agent of another name is unreadable', () => {
    const listed = new Map([['agent_1', listedOf({ agent_name: 'Lisa' })]]);
    const observed = observedOf([], { listed, unreadable: unreadableFor('No response') });
    expect(planned({ observed, rows: [bob], policy: CREATES }, 'create_agent')).toMatchObject([{ row: bob }]);
  });
});
