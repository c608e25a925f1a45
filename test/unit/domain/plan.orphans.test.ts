import { describe, expect, test } from '@jest/globals';
import {
  actionsOf,
  agentOf,
  listedOf,
  NOW,
  observationOf,
  observedOf,
  orphanOf,
  planOf,
  RUN_BEGAN,
  rowOf,
  unreadableFor,
} from './builders.ts';

const BEFORE_THE_RUN = new Date(RUN_BEGAN.getTime() - 1);

describe('an active row whose agent is not in the listing', () => {
  const planWith = (given: Parameters<typeof observedOf>[1]) =>
    planOf({ observed: observedOf([], given), rows: [rowOf()] });

  test('is orphaned if get-agent returned in this run that the agent is gone', () => {
    const observation = observationOf(null);
    const { changes } = planWith({ observations: new Map([['agent_1', observation]]) });
    const reason = 'Agent no longer exists in Retell';
    const entry = { agent_id: 'agent_1', interviewer_id: '1', name: 'Bob', voice_id: 'voice_1', reason };
    expect(changes).toEqual([{ action: 'orphan', ...entry, row: rowOf(), observation }]);
  });

  test.each([RUN_BEGAN, NOW])('is orphaned on an observation made at %p, when the run began', (read_at) => {
    const observation = observationOf(agentOf({ agent_name: 'Support' }), { read_at });
    const { changes } = planWith({ observations: new Map([['agent_1', observation]]) });
    expect(changes).toMatchObject([{ action: 'orphan', reason: 'Agent name does not match interview patterns' }]);
  });

  test('is not orphaned on an observation of an earlier run', () => {
    const observation = observationOf(null, { read_at: BEFORE_THE_RUN });
    const { changes } = planWith({ observations: new Map([['agent_1', observation]]) });
    const reason = 'Not orphaned: Retell has not confirmed it (Agent no longer exists in Retell)';
    expect(changes).toEqual([{ action: 'error', agent_id: 'agent_1', name: 'Bob', reason }]);
  });

  test('is not orphaned because the listing shows another channel', () => {
    const listed = new Map([['agent_1', listedOf({ channel: 'chat' })]]);
    expect(planWith({ listed, observations: new Map() }).changes).toMatchObject([
      { action: 'error', agent_id: 'agent_1' },
    ]);
    expect(planOf({ observed: observedOf([agentOf()], { listed }), rows: [rowOf()] })).toMatchObject({
      changes: [],
      unchanged: 1,
    });
  });

  test('is left to the continuation while its agent is pending, whatever is stored', () => {
    const observed = observedOf([agentOf({ voice_id: 'voice_2' })], { pending: new Set(['agent_1']) });
    expect(planOf({ observed, rows: [rowOf()] })).toEqual(planOf({}));
    expect(planWith({ pending: new Set(['agent_1']) })).toEqual(planOf({}));
  });

  test('is an error with the best known name if its agent could not be read', () => {
    const reason = 'No response in time';
    const nameWith = (given: object) => planWith({ unreadable: unreadableFor(reason), ...given }).changes[0]?.name;
    expect(planWith({ unreadable: unreadableFor(reason) }).changes).toEqual([
      { action: 'error', agent_id: 'agent_1', name: 'Bob', reason },
    ]);
    expect(nameWith({ listed: new Map([['agent_1', listedOf({ agent_name: 'Listed' })]]) })).toBe('Listed');
    const read = observationOf(agentOf({ agent_name: 'Read' }));
    expect(nameWith({ observations: new Map([['agent_1', read]]) })).toBe('Read');
    expect(nameWith({ unreadable: unreadableFor(reason, 'Unusable') })).toBe('Unusable');
    expect(planOf({ observed: observedOf([], { unreadable: unreadableFor(reason) }) }).changes[0]?.name).toBe(
      'agent_1',
    );
  });
});

describe('an orphan', () => {
  test('is restored with its drift when its agent is back', () => {
    const { changes } = planOf({ observed: observedOf([agentOf({ voice_id: 'voice_2' })]), rows: [orphanOf()] });
    expect(changes).toMatchObject([
      {
        action: 'restore',
        name: 'Bob',
        changes: [{ field: 'voice_id', from: 'voice_1', to: 'voice_2' }],
        reason: 'Agent is back in Retell and eligible; voice_id: "voice_1" -> "voice_2"',
      },
    ]);
  });

  test('is restored without drift too, and is not counted as unchanged', () => {
    const plan = planOf({ observed: observedOf([agentOf()]), rows: [orphanOf()] });
    expect(actionsOf(plan)).toEqual(['restore']);
    expect(plan.unchanged).toBe(0);
  });

  test('stays an orphan while its agent is gone', () => {
    const observed = observedOf([], { observations: new Map([['agent_1', observationOf(null)]]) });
    expect(planOf({ observed, rows: [orphanOf()] })).toEqual(planOf({}));
  });
});
