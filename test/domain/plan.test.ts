import { describe, expect, test } from '@jest/globals';
import { rowChanges } from '../../shared/domain/plan.ts';
import { changesRows } from '../../shared/domain/planned.ts';
import {
  agentOf,
  inventoryOf,
  listedOf,
  MODIFIED,
  NOW,
  orphanOf,
  planOf,
  RUN_BEGAN,
  readingOf,
  rowOf,
  SETTINGS,
} from './samples.ts';

const AGREED = new Map([['agent_1', 'Bob']]);
const BOTH = { ...SETTINGS, createsAgents: true };

test('an agent without a row gets one, and its name is agreed', () => {
  const reading = readingOf(agentOf());
  const plan = planOf({ inventory: inventoryOf([agentOf()]) });
  expect(plan).toMatchObject({
    creates: [{ reading }],
    agreements: [{ agent_id: 'agent_1', name: 'Bob' }],
    unchanged: 0,
  });
  expect(changesRows(plan)).toBe(true);
});

test('an agent that looks eligible in the listing is judged once it is read', () => {
  const plan = planOf({ inventory: inventoryOf([agentOf()], { readings: new Map() }) });
  expect(plan).toMatchObject({ creates: [], skips: [], problems: [] });
});

describe('an active row', () => {
  const planFor = (
    row: object,
    agent: object = {},
    agreed: ReadonlyMap<string, string> = AGREED,
    settings = SETTINGS,
  ) => planOf({ inventory: inventoryOf([agentOf(agent)]), rows: [rowOf(row)], agreed, settings });

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

describe('an active row whose agent is not to be had', () => {
  const without = (given: Parameters<typeof inventoryOf>[1]) =>
    planOf({ inventory: inventoryOf([], given), rows: [rowOf()] });

  test('is an orphan when Retell said in this run that there is none', () => {
    const reading = readingOf(null);
    const { orphans } = without({ readings: new Map([['agent_1', reading]]) });
    expect(orphans).toEqual([{ row: rowOf(), reading, reason: 'Agent no longer exists in Retell' }]);
  });

  test.each([RUN_BEGAN, NOW])('counts a reading of %p as evidence', (read_at) => {
    const reading = readingOf(agentOf({ agent_name: 'Support' }), { read_at });
    const plan = without({ readings: new Map([['agent_1', reading]]) });
    expect(plan.orphans).toMatchObject([{ reason: 'Agent name does not match interview patterns' }]);
    expect(plan.problems).toEqual([]);
  });

  test('is none on the word of an earlier run', () => {
    const reading = readingOf(null, { read_at: new Date(RUN_BEGAN.getTime() - 1) });
    const plan = without({ readings: new Map([['agent_1', reading]]) });
    expect(plan.orphans).toEqual([]);
    const reason = 'Not orphaned: Retell has not confirmed it (Agent no longer exists in Retell)';
    expect(plan.problems).toEqual([{ agent_id: 'agent_1', name: 'Bob', reason }]);
  });

  test('is none because the listing shows it as something else', () => {
    const listed = new Map([['agent_1', listedOf({ channel: 'chat' })]]);
    expect(without({ listed, readings: new Map() })).toMatchObject({
      orphans: [],
      problems: [{ agent_id: 'agent_1' }],
    });
    expect(planOf({ inventory: inventoryOf([agentOf()], { listed }), rows: [rowOf()] })).toMatchObject({
      unchanged: 1,
    });
  });

  test('waits when it is about to be read, whatever is remembered', () => {
    const inventory = inventoryOf([agentOf({ voice_id: 'voice_2' })], { pending: new Set(['agent_1']) });
    expect(planOf({ inventory, rows: [rowOf()] })).toEqual(planOf({}));
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
    expect(name({ readings: new Map([['agent_1', readingOf(agentOf({ agent_name: 'Read' }))]]) })).toBe('Read');
    expect(name({ unusable_names: new Map([['agent_1', 'Listed badly']]) })).toBe('Listed badly');
    expect(planOf({ inventory: inventoryOf([], { unreadable }) }).problems[0]?.name).toBe('unknown');
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
    const inventory = inventoryOf([], { listed: new Map([['agent_1', listedOf(given)]]) });
    const { skips, creates } = planOf({ inventory });
    expect({ skips, creates }).toEqual({ skips: [{ agent_id: 'agent_1', name, reason, missing_fields }], creates: [] });
  });

  test('is skipped by the name of the listing when it was gone once', () => {
    const listed = new Map([['agent_1', listedOf({ channel: 'chat' })]]);
    const inventory = inventoryOf([], { listed, readings: new Map([['agent_1', readingOf(null)]]) });
    expect(planOf({ inventory }).skips).toMatchObject([{ name: 'Bob', missing_fields: ['voice_id'] }]);
  });

  test('turned out to have no voice', () => {
    const { skips } = planOf({ inventory: inventoryOf([agentOf({ voice_id: null })]) });
    expect(skips).toMatchObject([{ missing_fields: ['voice_id'] }]);
  });

  test('is no voice agent any more by the listing, whatever is remembered', () => {
    const listed = new Map([['agent_1', listedOf({ channel: 'chat' })]]);
    const { skips, creates } = planOf({ inventory: inventoryOf([agentOf()], { listed }) });
    expect({ skips, creates }).toMatchObject({ skips: [{ missing_fields: ['voice_id'] }], creates: [] });
  });

  test('is not even mentioned when neither side has it any more', () => {
    expect(planOf({ rows: [rowOf({ sync_status: 'deleted' })] })).toEqual(planOf({}));
  });

  test('vanished after it was listed', () => {
    const inventory = inventoryOf([agentOf()], { readings: new Map([['agent_1', readingOf(null)]]) });
    expect(planOf({ inventory })).toMatchObject({ creates: [], skips: [], problems: [] });
  });

  test('was deleted in the platform', () => {
    const { skips, creates } = planOf({
      inventory: inventoryOf([agentOf()]),
      rows: [rowOf({ sync_status: 'deleted' })],
    });
    const reason = 'The interviewer was deleted in the platform';
    expect(skips).toEqual([{ agent_id: 'agent_1', name: 'Bob', voice_id: 'voice_1', reason, missing_fields: [] }]);
    expect(creates).toEqual([]);
  });
});

describe('an orphan', () => {
  test('is restored when its agent is back, with what changed', () => {
    const inventory = inventoryOf([agentOf({ voice_id: 'voice_2' })]);
    const { restores, updates } = planOf({ inventory, rows: [orphanOf()], agreed: AGREED });
    expect(restores).toMatchObject([{ name: 'Bob', changes: ['voice_id: "voice_1" -> "voice_2"'] }]);
    expect(updates).toEqual([]);
  });

  test('is left alone as long as it is not', () => {
    const inventory = inventoryOf([], { readings: new Map([['agent_1', readingOf(null)]]) });
    expect(planOf({ inventory, rows: [orphanOf()] })).toEqual(planOf({}));
  });
});

describe('a row without an agent', () => {
  const bob = rowOf({ id: '7', agent_id: null });
  const twoBobs = inventoryOf([agentOf(), agentOf({ agent_id: 'agent_2' })]);

  test('is linked to the one unlinked agent of its name', () => {
    const plan = planOf({ inventory: inventoryOf([agentOf()]), rows: [bob] });
    expect(plan).toMatchObject({ links: [{ row: bob }], creates: [], conflicts: [] });
    expect(plan.agreements).toEqual([{ agent_id: 'agent_1', name: 'Bob' }]);
  });

  test('is linked to none of two, and no third is made', () => {
    const plan = planOf({ inventory: twoBobs, rows: [bob], settings: BOTH });
    expect(plan).toMatchObject({ links: [], creations: [], creates: [{}, {}] });
  });

  test('waits, and so does the agent of its name, until another of that name is read', () => {
    const listed = new Map(['agent_1', 'agent_2'].map((agent_id) => [agent_id, listedOf({ agent_id })]));
    const pending = new Set(['agent_2']);
    const waiting = planOf({ inventory: inventoryOf([agentOf()], { listed, pending }), rows: [bob] });
    expect(waiting).toMatchObject({ links: [], creates: [] });
    const other = planOf({
      inventory: inventoryOf([agentOf()], { listed, pending }),
      rows: [{ ...bob, name: 'Lisa' }],
    });
    expect(other).toMatchObject({ links: [], creates: [{}] });
  });

  test('is linked to the one that was made for it, whatever the others are called', () => {
    const plan = planOf({ inventory: twoBobs, rows: [bob], created: new Map([['7', 'agent_2']]) });
    expect(plan).toMatchObject({
      links: [{ reading: { agent_id: 'agent_2' } }],
      creates: [{ reading: { agent_id: 'agent_1' } }],
    });
  });

  test('takes the name that its agent has by then, and the conflict is told', () => {
    const inventory = inventoryOf([agentOf({ agent_name: 'Lisa' })]);
    const plan = planOf({ inventory, rows: [bob], created: new Map([['7', 'agent_1']]) });
    expect(plan).toMatchObject({ links: [{ row: bob }], agreements: [{ agent_id: 'agent_1', name: 'Lisa' }] });
    expect(plan.conflicts).toEqual([{ agent_id: 'agent_1', retell_name: 'Lisa', database_name: 'Bob' }]);
  });

  test('keeps the agent that was made for it from a namesake', () => {
    const other = rowOf({ id: '1', agent_id: null });
    const renamed = rowOf({ id: '7', agent_id: null, name: 'Lisa' });
    const plan = planOf({
      inventory: inventoryOf([agentOf()]),
      rows: [other, renamed],
      created: new Map([['7', 'agent_1']]),
    });
    expect(plan.links).toMatchObject([{ row: { id: '7' } }]);
  });

  test('counts an agent that no listing shows yet, when it was made for the row', () => {
    const inventory = inventoryOf([], { readings: new Map([['agent_1', readingOf(agentOf())]]) });
    expect(planOf({ inventory, rows: [bob], created: new Map([['7', 'agent_1']]) }).links).toHaveLength(1);
  });

  test('does not count one of which nothing was heard in this run', () => {
    const before = readingOf(agentOf(), { read_at: new Date(RUN_BEGAN.getTime() - 1) });
    const inventory = inventoryOf([], { readings: new Map([['agent_1', before]]) });
    const plan = planOf({ inventory, rows: [bob], created: new Map([['7', 'agent_1']]) });
    expect(plan).toMatchObject({ links: [], creates: [] });
  });

  test('is linked once, when two bear the name', () => {
    const plan = planOf({ inventory: inventoryOf([agentOf()]), rows: [bob, { ...bob, id: '8' }] });
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
    expect(planOf({ inventory: inventoryOf([], { ...known, ...given }), rows: [row], settings }).creations).toEqual([]);
  });

  test('has one made although another could not be judged, of another name', () => {
    const listed = new Map([['agent_1', listedOf({ agent_name: 'Lisa' })]]);
    const inventory = inventoryOf([], { listed, unreadable: new Map([['agent_1', 'No answer']]) });
    expect(planOf({ inventory, rows: [bob], settings: BOTH }).creations).toEqual([bob]);
  });
});
