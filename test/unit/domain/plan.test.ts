import { describe, expect, test } from '@jest/globals';
import type { Agent, LinkedInterviewer } from '../../../shared/domain/agent.ts';
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
} from './builders.ts';

const BOTH_BOB = { agent_id: 'agent_1', retell_name: 'Bob', database_name: 'Bob' };

function planFor(row: Partial<LinkedInterviewer>, agent: Partial<Agent> = {}, policy = POLICY) {
  return planOf({ observed: observedOf([agentOf(agent)]), rows: [rowOf(row)], policy });
}

test('an eligible agent without a row is created, and its name becomes the merge base', () => {
  const observation = observationOf(agentOf());
  expect(planOf({ observed: observedOf([agentOf()]) })).toEqual({
    changes: [
      {
        action: 'create',
        agent_id: 'agent_1',
        name: 'Bob',
        voice_id: 'voice_1',
        reason: 'New voice-enabled agent from Retell AI',
        observation,
      },
    ],
    mergeBases: [BOTH_BOB],
    unchanged: 0,
  });
});

test('an agent that looks eligible in the listing is decided only after it is read', () => {
  expect(planOf({ observed: observedOf([agentOf()], { observations: new Map() }) })).toEqual(planOf({}));
});

describe('an active row in sync', () => {
  test('is unchanged if it was verified since the observation', () => {
    expect(planFor({})).toEqual({ changes: [], mergeBases: [], unchanged: 1 });
  });

  test.each([null, RUN_BEGAN])('last verified %p is only verified', (last_synced_at) => {
    const plan = planFor({ last_synced_at });
    expect(plan).toMatchObject({ changes: [{ action: 'verify', name: 'Bob', changes: [] }], unchanged: 1 });
  });

  test('gets its merge base if it has none', () => {
    expect(planFor(NO_BASE)).toMatchObject({ changes: [], mergeBases: [BOTH_BOB], unchanged: 1 });
  });
});

describe('drift of an active row', () => {
  test('updates every synced column that differs, with both values', () => {
    const agent = { voice_id: 'v2', version: 4, language: null, last_modification_timestamp: Date.UTC(2026, 1, 2) };
    const { changes } = planFor(
      { language: 'de-DE' },
      { ...agent, agent_name: 'Lisa', metadata: { voice_speed: 1.2 } },
    );
    expect(changes).toMatchObject([
      {
        action: 'update',
        agent_id: 'agent_1',
        interviewer_id: '1',
        name: 'Lisa',
        voice_id: 'v2',
        changes: [
          { field: 'name', from: 'Bob', to: 'Lisa' },
          { field: 'voice_id', from: 'voice_1', to: 'v2' },
          { field: 'agent_version', from: 3, to: 4 },
          { field: 'language', from: 'de-DE', to: null },
          { field: 'retell_modified_at', from: '2026-02-01T00:00:00.000Z', to: '2026-02-02T00:00:00.000Z' },
          { field: 'retell_metadata.voice_speed', from: 1, to: 1.2 },
        ],
        reason:
          'name: "Bob" -> "Lisa"; voice_id: "voice_1" -> "v2"; agent_version: 3 -> 4; language: "de-DE" -> null; retell_modified_at: "2026-02-01T00:00:00.000Z" -> "2026-02-02T00:00:00.000Z"; retell_metadata.voice_speed: 1 -> 1.2',
      },
    ]);
  });

  test('shows each first value of a row that was never synced', () => {
    const [update] = planFor({ retell_modified_at: null, retell_metadata: null }).changes;
    expect(update).toMatchObject({
      changes: [
        { field: 'retell_modified_at', from: null, to: '2026-02-01T00:00:00.000Z' },
        { field: 'retell_metadata', from: null, to: { voice_speed: 1 } },
      ],
    });
  });

  test('is not counted as unchanged', () => {
    expect(planFor({}, { voice_id: 'v2' }).unchanged).toBe(0);
  });
});

describe('the name of an active row', () => {
  test('renamed only in Retell is pulled, and becomes the merge base', () => {
    const plan = planFor({}, { agent_name: 'Lisa' });
    expect(plan).toMatchObject({
      changes: [{ action: 'update', name: 'Lisa', reason: 'name: "Bob" -> "Lisa"' }],
      mergeBases: [{ agent_id: 'agent_1', retell_name: 'Lisa', database_name: 'Lisa' }],
    });
  });

  test('renamed only by the platform is pushed, and the merge base stays', () => {
    const row = rowOf({ name: 'Lisa' });
    const entry = { agent_id: 'agent_1', interviewer_id: '1', name: 'Lisa', reason: 'name in Retell: "Bob" -> "Lisa"' };
    expect(planFor({ name: 'Lisa' })).toEqual({
      changes: [{ action: 'push', ...entry, row, agent: agentOf() }],
      mergeBases: [],
      unchanged: 0,
    });
  });

  test('is pushed in addition to an update of other columns, which keeps it', () => {
    const plan = planFor({ name: 'Lisa' }, { voice_id: 'v2' });
    expect(plan.changes).toMatchObject([
      { action: 'update', name: 'Lisa' },
      { action: 'push', name: 'Lisa' },
    ]);
  });

  test('renamed so that it matches no pattern is an error instead of a push', () => {
    expect(planFor({ name: 'Support' }).changes).toEqual([
      {
        action: 'error',
        agent_id: 'agent_1',
        interviewer_id: '1',
        name: 'Support',
        reason:
          'Not renamed in Retell: "Support" matches no interview pattern, so the agent would no longer be an interviewer; choose another name or extend INTERVIEW_NAME_PATTERNS',
      },
    ]);
  });

  test('renamed on both sides takes the name of Retell and reports the conflict with both values', () => {
    const plan = planFor({ name: 'Lisa' }, { agent_name: 'Flow' });
    expect(plan).toMatchObject({
      changes: [
        { action: 'update', name: 'Flow' },
        {
          action: 'conflict',
          agent_id: 'agent_1',
          interviewer_id: '1',
          name: 'Flow',
          retell_name: 'Flow',
          database_name: 'Lisa',
          reason: 'Renamed on both sides: "Flow" in Retell, "Lisa" in the database; Retell wins',
        },
      ],
      mergeBases: [{ retell_name: 'Flow', database_name: 'Flow' }],
    });
  });

  test.each(['Lisa', 'Bob'])('%j is pushed over "Kind Bob", which a run pushed before it died', (name) => {
    const plan = planFor({ name, pending_name: 'Kind Bob' }, { agent_name: 'Kind Bob' });
    expect(plan).toMatchObject({
      changes: [{ action: 'push', name, agent: { agent_name: 'Kind Bob' } }],
      mergeBases: [],
    });
  });

  test('pushed by a run that died is agreed once both sides have it', () => {
    const plan = planFor({ name: 'Kind Bob', pending_name: 'Kind Bob' }, { agent_name: 'Kind Bob' });
    expect(plan).toMatchObject({ changes: [], mergeBases: [{ retell_name: 'Kind Bob', database_name: 'Kind Bob' }] });
  });

  test("agrees at the first meeting if it is one of FoloUp's pairs", () => {
    const plan = planFor({ name: 'Explorer Lisa', ...NO_BASE }, { agent_name: 'Lisa' });
    expect(plan).toEqual({
      changes: [],
      mergeBases: [{ agent_id: 'agent_1', retell_name: 'Lisa', database_name: 'Explorer Lisa' }],
      unchanged: 1,
    });
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
    ['agent_1', { agent_name: null }, 'Missing required fields: agent_name', ['agent_name']],
    ['Support', { agent_name: 'Support' }, 'Agent name does not match interview patterns', []],
  ])('%s is skipped by its listing', (name, given, reason, missing_fields) => {
    const observed = observedOf([], { listed: new Map([['agent_1', listedOf(given)]]) });
    expect(planOf({ observed }).changes).toEqual([
      { action: 'skip', agent_id: 'agent_1', name, reason, missing_fields },
    ]);
  });

  test('is skipped by the name in its listing after it was gone once', () => {
    const listed = new Map([['agent_1', listedOf({ channel: 'chat' })]]);
    const observed = observedOf([], { listed, observations: new Map([['agent_1', observationOf(null)]]) });
    expect(planned({ observed }, 'skip')).toMatchObject([{ name: 'Bob', missing_fields: ['voice_id'] }]);
  });

  test('is skipped if get-agent returns no voice', () => {
    const skips = planned({ observed: observedOf([agentOf({ voice_id: null })]) }, 'skip');
    expect(skips).toMatchObject([{ missing_fields: ['voice_id'] }]);
  });

  test('is skipped if the listing shows another channel than the stored observation', () => {
    const listed = new Map([['agent_1', listedOf({ channel: 'chat' })]]);
    const { changes } = planOf({ observed: observedOf([agentOf()], { listed }) });
    expect(changes).toMatchObject([{ action: 'skip', missing_fields: ['voice_id'] }]);
  });

  test('causes no change if neither side has it any longer', () => {
    expect(planOf({ rows: [rowOf({ sync_status: 'deleted' })] })).toEqual(planOf({}));
  });

  test('causes no change if it vanished after it was listed', () => {
    const observed = observedOf([agentOf()], { observations: new Map([['agent_1', observationOf(null)]]) });
    expect(planOf({ observed })).toEqual(planOf({}));
  });

  test('is skipped if the platform deleted its row', () => {
    const { changes } = planOf({ observed: observedOf([agentOf()]), rows: [rowOf({ sync_status: 'deleted' })] });
    const reason = 'The interviewer was deleted in the platform';
    expect(changes).toEqual([
      { action: 'skip', agent_id: 'agent_1', name: 'Bob', voice_id: 'voice_1', reason, missing_fields: [] },
    ]);
  });
});

test('the changes of a plan come in the order in which people read them', () => {
  const agents = [
    agentOf({ agent_id: 'agent_1', agent_name: 'Support' }),
    agentOf({ agent_id: 'agent_2', voice_id: 'v2' }),
    agentOf({ agent_id: 'agent_3' }),
    agentOf({ agent_id: 'agent_4' }),
    agentOf({ agent_id: 'agent_5', agent_name: null }),
  ];
  const rows = [
    rowOf({ agent_id: 'agent_2' }),
    rowOf({ agent_id: 'agent_4', sync_status: 'orphaned' }),
    rowOf({ agent_id: 'agent_5' }),
  ];
  expect(actionsOf(planOf({ observed: observedOf(agents), rows }))).toEqual([
    'create',
    'update',
    'restore',
    'orphan',
    'skip',
  ]);
});
