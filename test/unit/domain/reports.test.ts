import { describe, expect, test } from '@jest/globals';
import { auditLogOf, skipLogOf } from '../../../shared/domain/audit-log.ts';
import {
  type Change,
  changesIn,
  changesOf,
  countChanges,
  entryFields,
  entryOf,
  inReadingOrder,
  isWrite,
  loggedAction,
} from '../../../shared/domain/change.ts';
import { voicedAgents } from '../../../shared/domain/observed-state.ts';
import { countsOf, type SyncReportInput, syncMessage, syncReport } from '../../../shared/domain/sync-report.ts';
import { cutList } from '../../../shared/text.ts';
import {
  agentOf,
  listedOf,
  NOW,
  observationOf,
  observedOf,
  orphanOf,
  RULES,
  rowOf,
  unreadableFor,
} from './builders.ts';

const OBSERVATION = { ...observationOf(agentOf()), agent: agentOf() };
const ENTRY = { agent_id: 'agent_1', interviewer_id: '1', name: 'Bob', voice_id: 'voice_1' };
const FIELDS = [{ field: 'name', from: 'Bob', to: 'Lisa' }];
const ROW = { row: rowOf(), observation: OBSERVATION, changes: FIELDS };

/** One change of each action, in reading order. */
const CHANGES: readonly Change[] = [
  { action: 'create', agent_id: 'agent_1', name: 'Bob', reason: 'New', observation: OBSERVATION },
  { action: 'link', ...ENTRY, reason: 'Linked', row: rowOf(), observation: OBSERVATION },
  { action: 'update', ...ENTRY, name: 'Lisa', reason: 'name', ...ROW },
  { action: 'restore', ...ENTRY, reason: 'Back', ...ROW },
  { action: 'orphan', ...ENTRY, reason: 'Gone', row: rowOf(), observation: observationOf(null) },
  { action: 'push', ...ENTRY, reason: 'name in Retell', row: rowOf(), agent: agentOf() },
  { action: 'create_agent', ...ENTRY, agent_id: null, reason: 'Agent created', row: rowOf() },
  { action: 'conflict', ...ENTRY, name: 'Lisa', reason: 'Both', retell_name: 'Lisa', database_name: 'Bob' },
  { action: 'skip', agent_id: 'agent_2', name: 'Kabob', reason: 'No match', missing_fields: [] },
  { action: 'error', agent_id: null, name: 'unknown', reason: 'No id' },
  { action: 'verify', ...ENTRY, reason: 'In sync', ...ROW, changes: [] },
];

const COUNTS = {
  created: 1,
  updated: 2,
  restored: 1,
  orphaned: 1,
  pushed: 2,
  conflicts: 1,
  skipped: 1,
  errors: 1,
};

describe('a list of changes', () => {
  test('is sorted by action, and stays in order within one', () => {
    expect(inReadingOrder(CHANGES.toReversed())).toEqual(CHANGES);
    const skip = { action: 'skip', name: 'Bob', reason: 'x', missing_fields: [] } as const;
    const two: readonly Change[] = [
      { ...skip, agent_id: 'b' },
      { ...skip, agent_id: 'a' },
    ];
    expect(inReadingOrder(two)).toEqual(two);
  });

  test('is filtered by action and grouped by list', () => {
    expect(changesOf(CHANGES, 'create', 'error')).toEqual([CHANGES[0], CHANGES[9]]);
    expect(changesIn(CHANGES, 'updated')).toEqual([CHANGES[1], CHANGES[2]]);
    expect(changesIn(CHANGES, 'pushed')).toEqual([CHANGES[5], CHANGES[6]]);
  });

  test('is counted by list, without verified rows', () => {
    expect(countChanges(CHANGES)).toEqual(COUNTS);
  });

  test('writes rows only by the actions that rest on an observation', () => {
    const writes = CHANGES.filter(isWrite).map(({ action }) => action);
    expect(writes).toEqual(['create', 'link', 'update', 'restore', 'orphan', 'verify']);
  });
});

test('the entry of a change has no empty fields', () => {
  expect(entryOf({ agent_id: null, name: 'Bob', reason: 'x' })).toStrictEqual({
    agent_id: null,
    name: 'Bob',
    reason: 'x',
  });
  expect(entryOf({ ...ENTRY, reason: 'x' })).toStrictEqual({ ...ENTRY, reason: 'x' });
  expect(entryFields(null, null)).toStrictEqual({});
  expect(entryFields(rowOf(), 'v')).toStrictEqual({ interviewer_id: '1', voice_id: 'v' });
});

describe('the audit log', () => {
  const timestamp = NOW.toISOString();

  test('has an entry for each change but skips and verified rows', () => {
    const entries = auditLogOf(CHANGES, NOW);
    expect(entries.map(({ action, status }) => `${action} ${status}`)).toEqual([
      'created synced',
      'updated synced',
      'updated synced',
      'restored synced',
      'orphaned synced',
      'pushed synced',
      'pushed synced',
      'conflict synced',
      'error error',
    ]);
    expect(entries[4]).toStrictEqual({ ...ENTRY, reason: 'Gone', status: 'synced', action: 'orphaned', timestamp });
    expect(entries[8]).toStrictEqual({
      agent_id: null,
      name: 'unknown',
      reason: 'No id',
      status: 'error',
      action: 'error',
      timestamp,
    });
  });

  test('names the action of every change but a verified row', () => {
    expect(CHANGES.map(loggedAction).filter((action) => action === null)).toHaveLength(1);
  });

  test('keeps the skips apart, with the missing fields', () => {
    const skip = { action: 'skip', agent_id: 'agent_2', name: 'Kabob', reason: 'No match' } as const;
    const entry = { agent_id: 'agent_2', name: 'Kabob', reason: 'No match', status: 'skipped', action: 'skipped' };
    const skips: readonly Change[] = [
      { ...skip, missing_fields: [] },
      { ...skip, voice_id: 'voice_1', missing_fields: ['agent_name'] },
    ];
    expect(skipLogOf([...CHANGES.slice(0, 1), ...skips], NOW)).toStrictEqual([
      { ...entry, timestamp },
      { ...entry, voice_id: 'voice_1', missing_fields: ['agent_name'], timestamp },
    ]);
  });
});

const INPUT: SyncReportInput = {
  changes: CHANGES,
  unchanged: 4,
  observed: observedOf([agentOf(), agentOf({ agent_id: 'agent_2', agent_name: 'Kabob' })], {
    pending: new Set(['x']),
  }),
  rows: [rowOf(), rowOf({ agent_id: null })],
  rules: RULES,
  run_id: 7,
  dry_run: false,
  partial: false,
  plan: null,
  duration_ms: 12,
  retell_calls: 3,
  health_score: 90,
  now: NOW,
};

describe('the sync report', () => {
  const counts = { ...COUNTS, unchanged: 4, pending: 1 };

  test('has the lists, counts and totals of version 2.0 and later', () => {
    const agent_1 = { agent_id: 'agent_1', name: 'Bob' };
    expect(syncReport(INPUT, 20)).toEqual({
      success: true,
      message:
        'Sync completed: 1 created, 2 updated, 1 restored, 1 orphaned, 2 pushed, 1 conflict, 1 skipped, 1 error, 4 unchanged, 1 pending',
      created: [{ ...agent_1, reason: 'New' }],
      updated: [
        { ...agent_1, reason: 'Linked' },
        { ...agent_1, name: 'Lisa', reason: 'name', changes: FIELDS },
      ],
      restored: [{ ...agent_1, reason: 'Back', changes: FIELDS }],
      orphaned: [{ ...agent_1, reason: 'Gone' }],
      pushed: [
        { ...agent_1, reason: 'name in Retell', changes: [{ field: 'retell_name', from: 'Bob', to: 'Bob' }] },
        { agent_id: null, name: 'Bob', reason: 'Agent created' },
      ],
      conflicts: [
        { ...agent_1, name: 'Lisa', reason: 'Both', retell_name: 'Lisa', database_name: 'Bob', changes: FIELDS },
      ],
      skipped: [{ agent_id: 'agent_2', name: 'Kabob', reason: 'No match' }],
      errors: [{ agent_id: null, name: 'unknown', reason: 'No id' }],
      unchanged: 4,
      audit_logs: [...auditLogOf(CHANGES, NOW), ...skipLogOf(CHANGES, NOW)],
      discrepancies: {
        retell_voice_enabled: 2,
        database_agents: 1,
        unsynced_agents: [
          { agent_id: 'agent_2', name: 'Kabob', reason: 'Agent name does not match interview patterns' },
        ],
      },
      totalRetellAgents: 2,
      totalDatabaseAgents: 1,
      counts,
      run_id: 7,
      dry_run: false,
      partial: false,
      duration_ms: 12,
      retell_calls: 3,
      health_score: 90,
    });
  });

  test('is marked as truncated if a list is cut, while the counts stay complete', () => {
    const report = syncReport(INPUT, 1);
    expect(report).toMatchObject({ truncated: true, counts, updated: [{}], audit_logs: [{}] });
    expect(report.updated).toHaveLength(1);
    const two = observedOf([agentOf(), agentOf({ agent_id: 'agent_2' })]);
    const unsynced = { ...INPUT, changes: [], observed: two, rows: [] };
    expect(syncReport(unsynced, 1)).toMatchObject({ truncated: true, discrepancies: { unsynced_agents: [{}] } });
    expect(syncReport(unsynced, 2)).not.toHaveProperty('truncated');
  });

  test('has the plan token of the orphans if there are any', () => {
    expect(syncReport({ ...INPUT, plan: 'token' }, 10)).toHaveProperty('plan', 'token');
  });

  test('has the reason why each agent with a voice has no active interviewer', () => {
    const reasonFor = (given: Parameters<typeof observedOf>[1], rows: SyncReportInput['rows'] = []) =>
      syncReport({ ...INPUT, observed: observedOf([agentOf()], given), rows }, 10).discrepancies.unsynced_agents[0];
    expect(reasonFor({})).toEqual({ agent_id: 'agent_1', name: 'Bob', reason: 'No active interviewer' });
    expect(reasonFor({ unreadable: unreadableFor('No response') })?.reason).toBe('No response');
    expect(reasonFor({ observations: new Map(), pending: new Set(['agent_1']) })?.reason).toBe('Not read yet');
    const deleted = [rowOf({ sync_status: 'deleted' })];
    expect(reasonFor({}, deleted)?.reason).toBe('The interviewer was deleted in the platform');
    expect(reasonFor({}, [orphanOf()])?.reason).toBe('No active interviewer');
    expect(reasonFor({}, [rowOf()])).toBeUndefined();
    const renamed = { observations: new Map([['agent_1', observationOf(agentOf({ agent_name: 'Kabob' }))]]) };
    expect(reasonFor(renamed)).toMatchObject({ name: 'Kabob', reason: 'Agent name does not match interview patterns' });
    const nameless = { listed: new Map([['agent_1', listedOf({ agent_name: null })]]), observations: new Map() };
    expect(reasonFor(nameless)).toMatchObject({ name: 'unknown', reason: 'Missing required fields: agent_name' });
    const listed = { listed: new Map([['agent_1', listedOf({ agent_name: 'Kabob' })]]), observations: new Map() };
    expect(reasonFor(listed)?.name).toBe('Kabob');
  });
});

test('the message of a sync names its kind, and always how many were created and updated', () => {
  const none = countsOf({ changes: [], unchanged: 0 }, { pending: new Set() });
  expect(syncMessage(none, { dry_run: false, partial: false })).toBe('Sync completed: 0 created, 0 updated');
  expect(syncMessage({ ...none, skipped: 2 }, { dry_run: true, partial: false })).toBe(
    'Dry run, nothing was written: 0 created, 0 updated, 2 skipped',
  );
  expect(syncMessage(none, { dry_run: false, partial: true })).toBe(
    'Sync partly completed; a continuation follows: 0 created, 0 updated',
  );
  expect(syncMessage({ ...none, conflicts: 2, errors: 2 }, { dry_run: true, partial: true })).toMatch(
    /^Dry run.*2 conflicts, 2 errors$/,
  );
});

test('an agent has a voice by its channel until it is read, and by its voice afterwards', () => {
  const voiced = (given: Parameters<typeof observedOf>[1]) => voicedAgents(observedOf([agentOf()], given)).length;
  expect(voiced({})).toBe(1);
  expect(voiced({ observations: new Map() })).toBe(1);
  expect(voiced({ listed: new Map([['agent_1', listedOf({ channel: 'chat' })]]) })).toBe(0);
  expect(voiced({ observations: new Map([['agent_1', observationOf(agentOf({ voice_id: null }))]]) })).toBe(0);
  expect(voiced({ observations: new Map([['agent_1', observationOf(null)]]) })).toBe(0);
});

test('a list is cut by number and by bytes, but never to nothing', () => {
  expect(cutList([1, 2, 3], 2)).toEqual([1, 2]);
  expect(cutList([1, 2], 2)).toEqual([1, 2]);
  expect(cutList([], 2)).toEqual([]);
  expect(cutList(['x', 'y', 'x'.repeat(400_000)], 1)).toEqual(['x']);
  const half = 'x'.repeat(175_000 - 2);
  expect(cutList([half, half, 'x'], 9)).toEqual([half, half]);
  expect(cutList([`${half}${half}${half}`, 'x'], 9)).toHaveLength(1);
  expect(cutList(['é'.repeat(174_999), 'x'], 9)).toHaveLength(1);
});
