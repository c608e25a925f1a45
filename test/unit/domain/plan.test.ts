import { describe, expect, test } from '@jest/globals';
import { rowChanges } from '../../../shared/domain/plan.ts';
import { changesRows } from '../../../shared/domain/plan-types.ts';
import { agentOf, inventoryOf, listedOf, MODIFIED, planOf, RUN_BEGAN, readingOf, rowOf, SETTINGS } from './builders.ts';

const AGREED = new Map([['agent_1', 'Bob']]);

test('an agent without a row gets one, and its name is agreed', () => {
  const observation = readingOf(agentOf());
  const plan = planOf({ observed: inventoryOf([agentOf()]) });
  expect(plan).toMatchObject({
    creates: [{ observation }],
    agreements: [{ agent_id: 'agent_1', name: 'Bob' }],
    unchanged: 0,
  });
  expect(changesRows(plan)).toBe(true);
});

test('an agent that looks eligible in the listing is judged once it is read', () => {
  const plan = planOf({ observed: inventoryOf([agentOf()], { observations: new Map() }) });
  expect(plan).toMatchObject({ creates: [], skips: [], problems: [] });
});

describe('an active row', () => {
  const planFor = (
    row: object,
    agent: object = {},
    agreed: ReadonlyMap<string, string> = AGREED,
    settings = SETTINGS,
  ) => planOf({ observed: inventoryOf([agentOf(agent)]), rows: [rowOf(row)], agreed, settings });

  test('that is in step and was compared before is left alone', () => {
    const plan = planFor({});
    expect(plan).toMatchObject({ unchanged: 1, confirms: [], updates: [], agreements: [] });
    expect(changesRows(plan)).toBe(false);
  });

  test.each([null, RUN_BEGAN])('that is in step and was compared %p only has that noted', (last_synced_at) => {
    const plan = planFor({ last_synced_at });
    expect(plan.confirms).toMatchObject([{ row: { last_synced_at }, name: 'Bob', changes: [] }]);
    expect(plan).toMatchObject({ unchanged: 1, updates: [] });
    expect(changesRows(plan)).toBe(true);
  });

  test('whose agent has another voice takes it', () => {
    const { updates, unchanged } = planFor({}, { voice_id: 'voice_2' });
    expect(updates).toMatchObject([{ name: 'Bob', changes: ['voice_id: "voice_1" -> "voice_2"'] }]);
    expect(unchanged).toBe(0);
  });

  test('whose agent was renamed follows, and agrees', () => {
    const plan = planFor({}, { agent_name: 'Lisa' });
    expect(plan.updates).toMatchObject([{ name: 'Lisa', changes: ['name: "Bob" -> "Lisa"'] }]);
    expect(plan).toMatchObject({ agreements: [{ agent_id: 'agent_1', name: 'Lisa' }], conflicts: [], pushes: [] });
  });

  test('that the platform renamed keeps its name, which goes to Retell', () => {
    const plan = planFor({ name: 'Lisa' });
    expect(plan.pushes).toEqual([{ row: rowOf({ name: 'Lisa' }), agent: agentOf() }]);
    expect(plan).toMatchObject({ updates: [], agreements: [], unchanged: 0, problems: [] });
  });

  describe('of which a rename to "Kind Bob" was cut off', () => {
    const planCutOff = (name: string, agent_name: string) =>
      planOf({
        observed: inventoryOf([agentOf({ agent_name })]),
        rows: [rowOf({ name })],
        agreed: AGREED,
        underway: new Map([['agent_1', 'Kind Bob']]),
      });

    test.each(['Lisa', 'Bob'])('and that bears %j by now keeps that name, when "Kind Bob" had arrived', (name) => {
      const plan = planCutOff(name, 'Kind Bob');
      expect(plan.pushes).toMatchObject([{ row: { name }, agent: { agent_name: 'Kind Bob' } }]);
      expect(plan).toMatchObject({ conflicts: [], agreements: [] });
    });

    test('agrees on it when it had arrived', () => {
      expect(planCutOff('Kind Bob', 'Kind Bob')).toMatchObject({
        pushes: [],
        agreements: [{ agent_id: 'agent_1', name: 'Kind Bob' }],
      });
    });

    test('takes another name that was given in Retell', () => {
      expect(planCutOff('Kind Bob', 'Lisa').conflicts).toMatchObject([
        { retell_name: 'Lisa', database_name: 'Kind Bob' },
      ]);
    });
  });

  test('that was renamed so that its agent would be no interviewer is a problem', () => {
    expect(planFor({ name: 'Support' })).toMatchObject({
      pushes: [],
      problems: [
        {
          agent_id: 'agent_1',
          name: 'Support',
          reason:
            'Not renamed in Retell: "Support" matches no interview pattern, so the agent would no longer be an interviewer; choose another name or extend INTERVIEW_NAME_PATTERNS',
        },
      ],
    });
  });

  test('that both sides renamed takes the name of Retell, and both are told', () => {
    const plan = planFor({ name: 'Lisa' }, { agent_name: 'Flow' });
    expect(plan.conflicts).toEqual([{ agent_id: 'agent_1', retell_name: 'Flow', database_name: 'Lisa' }]);
    expect(plan).toMatchObject({ updates: [{ name: 'Flow' }], agreements: [{ name: 'Flow' }], pushes: [] });
  });
});

describe('what changes in a row is told with both values', () => {
  test('each of the fields that Retell owns', () => {
    const agent = agentOf({ voice_id: 'v2', version: 4, language: null, last_modification_timestamp: MODIFIED + 1 });
    expect(rowChanges(rowOf({ language: 'de-DE' }), agent, 'Lisa')).toEqual([
      'name: "Bob" -> "Lisa"',
      'voice_id: "voice_1" -> "v2"',
      'agent_version: 3 -> 4',
      'language: "de-DE" -> null',
      'retell_modified_at: "2026-02-01T00:00:00.000Z" -> "2026-02-01T00:00:00.001Z"',
    ]);
    expect(rowChanges(rowOf({ retell_modified_at: null }), agentOf(), 'Bob')).toEqual([
      'retell_modified_at: null -> "2026-02-01T00:00:00.000Z"',
    ]);
  });
});

describe('an agent that gets no row', () => {
  test.each([
    [
      'Bob',
      { channel: 'chat' as const },
      'No voice configured - agents without voice are not suitable for interviews',
      ['voice_id'],
    ],
    ['unknown', { agent_name: null }, 'Missing required fields: agent_name', ['agent_name']],
    ['Support', { agent_name: 'Support' }, 'Agent name does not match interview patterns', []],
  ])('%s is skipped on the word of the listing', (name, given, reason, missing_fields) => {
    const observed = inventoryOf([], { listed: new Map([['agent_1', listedOf(given)]]) });
    const { skips, creates } = planOf({ observed });
    expect({ skips, creates }).toEqual({ skips: [{ agent_id: 'agent_1', name, reason, missing_fields }], creates: [] });
  });

  test('is skipped by the name of the listing when it was gone once', () => {
    const listed = new Map([['agent_1', listedOf({ channel: 'chat' })]]);
    const observed = inventoryOf([], { listed, observations: new Map([['agent_1', readingOf(null)]]) });
    expect(planOf({ observed }).skips).toMatchObject([{ name: 'Bob', missing_fields: ['voice_id'] }]);
  });

  test('turned out to have no voice', () => {
    const { skips } = planOf({ observed: inventoryOf([agentOf({ voice_id: null })]) });
    expect(skips).toMatchObject([{ missing_fields: ['voice_id'] }]);
  });

  test('is no voice agent any more by the listing, whatever is remembered', () => {
    const listed = new Map([['agent_1', listedOf({ channel: 'chat' })]]);
    const { skips, creates } = planOf({ observed: inventoryOf([agentOf()], { listed }) });
    expect({ skips, creates }).toMatchObject({ skips: [{ missing_fields: ['voice_id'] }], creates: [] });
  });

  test('is not even mentioned when neither side has it any more', () => {
    expect(planOf({ rows: [rowOf({ sync_status: 'deleted' })] })).toEqual(planOf({}));
  });

  test('vanished after it was listed', () => {
    const observed = inventoryOf([agentOf()], { observations: new Map([['agent_1', readingOf(null)]]) });
    expect(planOf({ observed })).toMatchObject({ creates: [], skips: [], problems: [] });
  });

  test('was deleted in the platform', () => {
    const { skips, creates } = planOf({
      observed: inventoryOf([agentOf()]),
      rows: [rowOf({ sync_status: 'deleted' })],
    });
    const reason = 'The interviewer was deleted in the platform';
    expect(skips).toEqual([{ agent_id: 'agent_1', name: 'Bob', voice_id: 'voice_1', reason, missing_fields: [] }]);
    expect(creates).toEqual([]);
  });
});
