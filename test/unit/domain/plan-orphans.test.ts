import { describe, expect, test } from '@jest/globals';
import { agentOf, inventoryOf, listedOf, NOW, orphanOf, planOf, RUN_BEGAN, readingOf, rowOf } from './builders.ts';

describe('an active row whose agent is not to be had', () => {
  const without = (given: Parameters<typeof inventoryOf>[1]) =>
    planOf({ observed: inventoryOf([], given), rows: [rowOf()] });

  test('is an orphan when Retell said in this run that there is none', () => {
    const observation = readingOf(null);
    const { orphans } = without({ observations: new Map([['agent_1', observation]]) });
    expect(orphans).toEqual([{ row: rowOf(), observation, reason: 'Agent no longer exists in Retell' }]);
  });

  test.each([RUN_BEGAN, NOW])('counts a reading of %p as evidence', (read_at) => {
    const observation = readingOf(agentOf({ agent_name: 'Support' }), { read_at });
    const plan = without({ observations: new Map([['agent_1', observation]]) });
    expect(plan.orphans).toMatchObject([{ reason: 'Agent name does not match interview patterns' }]);
    expect(plan.problems).toEqual([]);
  });

  test('is none on the word of an earlier run', () => {
    const observation = readingOf(null, { read_at: new Date(RUN_BEGAN.getTime() - 1) });
    const plan = without({ observations: new Map([['agent_1', observation]]) });
    expect(plan.orphans).toEqual([]);
    const reason = 'Not orphaned: Retell has not confirmed it (Agent no longer exists in Retell)';
    expect(plan.problems).toEqual([{ agent_id: 'agent_1', name: 'Bob', reason }]);
  });

  test('is none because the listing shows it as something else', () => {
    const listed = new Map([['agent_1', listedOf({ channel: 'chat' })]]);
    expect(without({ listed, observations: new Map() })).toMatchObject({
      orphans: [],
      problems: [{ agent_id: 'agent_1' }],
    });
    expect(planOf({ observed: inventoryOf([agentOf()], { listed }), rows: [rowOf()] })).toMatchObject({
      unchanged: 1,
    });
  });

  test('waits when it is about to be read, whatever is remembered', () => {
    const observed = inventoryOf([agentOf({ voice_id: 'voice_2' })], { pending: new Set(['agent_1']) });
    expect(planOf({ observed, rows: [rowOf()] })).toEqual(planOf({}));
  });

  test('waits when it was not read yet', () => {
    const plan = without({ pending: new Set(['agent_1']) });
    expect(plan).toMatchObject({ orphans: [], problems: [], skips: [] });
  });

  test('is a problem when it could not be read, by the best name there is', () => {
    const unreadable = new Map([['agent_1', 'Retell was silent']]);
    const name = (given: object) => without({ unreadable, ...given }).problems[0]?.name;
    expect(without({ unreadable }).problems).toEqual([
      { agent_id: 'agent_1', name: 'Bob', reason: 'Retell was silent' },
    ]);
    expect(name({ listed: new Map([['agent_1', listedOf({ agent_name: 'Listed' })]]) })).toBe('Listed');
    expect(name({ observations: new Map([['agent_1', readingOf(agentOf({ agent_name: 'Read' }))]]) })).toBe('Read');
    expect(name({ unusable_names: new Map([['agent_1', 'Listed badly']]) })).toBe('Listed badly');
    expect(planOf({ observed: inventoryOf([], { unreadable }) }).problems[0]?.name).toBe('unknown');
  });
});

describe('an orphan', () => {
  test('is restored when its agent is back, with what changed', () => {
    const observed = inventoryOf([agentOf({ voice_id: 'voice_2' })]);
    const { restores, updates } = planOf({ observed, rows: [orphanOf()], agreed: new Map([['agent_1', 'Bob']]) });
    expect(restores).toMatchObject([{ name: 'Bob', changes: ['voice_id: "voice_1" -> "voice_2"'] }]);
    expect(updates).toEqual([]);
  });

  test('is left alone as long as it is not', () => {
    const observed = inventoryOf([], { observations: new Map([['agent_1', readingOf(null)]]) });
    expect(planOf({ observed, rows: [orphanOf()] })).toEqual(planOf({}));
  });
});
