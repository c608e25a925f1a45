import { describe, expect, test } from '@jest/globals';
import { agentOf, inventoryOf, listedOf, planOf, RUN_BEGAN, readingOf, rowOf, SETTINGS } from './builders.ts';

const BOTH = { ...SETTINGS, createsAgents: true };

describe('a row without an agent', () => {
  const bob = rowOf({ id: '7', agent_id: null });
  const twoBobs = inventoryOf([agentOf(), agentOf({ agent_id: 'agent_2' })]);

  test('is linked to the one unlinked agent of its name', () => {
    const plan = planOf({ observed: inventoryOf([agentOf()]), rows: [bob] });
    expect(plan).toMatchObject({ links: [{ row: bob }], creates: [], conflicts: [] });
    expect(plan.agreements).toEqual([{ agent_id: 'agent_1', name: 'Bob' }]);
  });

  test('is linked to none of two, and no third is made', () => {
    const plan = planOf({ observed: twoBobs, rows: [bob], settings: BOTH });
    expect(plan).toMatchObject({ links: [], creations: [], creates: [{}, {}] });
  });

  test('waits, and so does the agent of its name, until another of that name is read', () => {
    const listed = new Map(['agent_1', 'agent_2'].map((agent_id) => [agent_id, listedOf({ agent_id })]));
    const pending = new Set(['agent_2']);
    const waiting = planOf({ observed: inventoryOf([agentOf()], { listed, pending }), rows: [bob] });
    expect(waiting).toMatchObject({ links: [], creates: [] });
    const other = planOf({
      observed: inventoryOf([agentOf()], { listed, pending }),
      rows: [{ ...bob, name: 'Lisa' }],
    });
    expect(other).toMatchObject({ links: [], creates: [{}] });
  });

  test('is linked to the one that was made for it, whatever the others are called', () => {
    const plan = planOf({ observed: twoBobs, rows: [bob], created: new Map([['7', 'agent_2']]) });
    expect(plan).toMatchObject({
      links: [{ observation: { agent_id: 'agent_2' } }],
      creates: [{ observation: { agent_id: 'agent_1' } }],
    });
  });

  test('takes the name that its agent has by then, and the conflict is told', () => {
    const observed = inventoryOf([agentOf({ agent_name: 'Lisa' })]);
    const plan = planOf({ observed, rows: [bob], created: new Map([['7', 'agent_1']]) });
    expect(plan).toMatchObject({ links: [{ row: bob }], agreements: [{ agent_id: 'agent_1', name: 'Lisa' }] });
    expect(plan.conflicts).toEqual([{ agent_id: 'agent_1', retell_name: 'Lisa', database_name: 'Bob' }]);
  });

  test('keeps the agent that was made for it from a namesake', () => {
    const other = rowOf({ id: '1', agent_id: null });
    const renamed = rowOf({ id: '7', agent_id: null, name: 'Lisa' });
    const plan = planOf({
      observed: inventoryOf([agentOf()]),
      rows: [other, renamed],
      created: new Map([['7', 'agent_1']]),
    });
    expect(plan.links).toMatchObject([{ row: { id: '7' } }]);
  });

  test('counts an agent that no listing shows yet, when it was made for the row', () => {
    const observed = inventoryOf([], { observations: new Map([['agent_1', readingOf(agentOf())]]) });
    expect(planOf({ observed, rows: [bob], created: new Map([['7', 'agent_1']]) }).links).toHaveLength(1);
  });

  test('does not count one of which nothing was heard in this run', () => {
    const before = readingOf(agentOf(), { read_at: new Date(RUN_BEGAN.getTime() - 1) });
    const observed = inventoryOf([], { observations: new Map([['agent_1', before]]) });
    const plan = planOf({ observed, rows: [bob], created: new Map([['7', 'agent_1']]) });
    expect(plan).toMatchObject({ links: [], creates: [] });
  });

  test('is linked once, when two bear the name', () => {
    const plan = planOf({ observed: inventoryOf([agentOf()]), rows: [bob, { ...bob, id: '8' }] });
    expect(plan.links).toMatchObject([{ row: { id: '7' } }]);
  });

  test('has an agent made when there is a template, and none of its name', () => {
    expect(planOf({ rows: [bob], settings: BOTH }).creations).toEqual([bob]);
  });

  test.each([
    ['without a template', SETTINGS, bob, {}],
    ['in the other direction', { ...BOTH, direction: 'pull' as const }, bob, {}],
    ['by a name that would be no interviewer', BOTH, { ...bob, name: 'Support' }, {}],
    ['when deleted', BOTH, { ...bob, sync_status: 'deleted' as const }, {}],
    ['while one of its name is not judged', BOTH, bob, { unreadable: new Map([['agent_1', 'No answer']]) }],
    ['while one of its name is not read', BOTH, bob, { pending: new Set(['agent_1']) }],
  ])('has none made %s', (_, settings, row, given) => {
    const listed = new Map([['agent_1', listedOf()]]);
    const known = 'unreadable' in given || 'pending' in given ? { listed } : {};
    expect(planOf({ observed: inventoryOf([], { ...known, ...given }), rows: [row], settings }).creations).toEqual([]);
  });

  test('has one made although another could not be judged, of another name', () => {
    const listed = new Map([['agent_1', listedOf({ agent_name: 'Lisa' })]]);
    const observed = inventoryOf([], { listed, unreadable: new Map([['agent_1', 'No answer']]) });
    expect(planOf({ observed, rows: [bob], settings: BOTH }).creations).toEqual([bob]);
  });
});
