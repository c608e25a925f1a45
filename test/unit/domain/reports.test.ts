import { describe, expect, test } from '@jest/globals';
import { auditLogOf, skipLogOf } from '../../../shared/domain/audit-log.ts';
import { countsOf, type Outcome, outcomeOf, syncMessage } from '../../../shared/domain/change.ts';
import { cutList } from '../../../shared/domain/cut-list.ts';
import { voicedAgents } from '../../../shared/domain/observed-state.ts';
import type { Plan } from '../../../shared/domain/plan-types.ts';
import { type ReportFacts, syncReport } from '../../../shared/domain/sync-report.ts';
import { agentOf, inventoryOf, listedOf, NOW, orphanOf, PATTERNS, planOf, readingOf, rowOf } from './builders.ts';

const READING = { ...readingOf(agentOf()), agent: agentOf() };
const UPDATE = {
  row: rowOf(),
  observation: READING,
  name: 'Lisa',
  changes: ['name: "Bob" -> "Lisa"', 'voice_id: null -> "v"'],
};
const SKIP = { agent_id: 'agent_2', name: 'Kabob', reason: 'No match', missing_fields: [] };
const PROBLEM = { agent_id: 'agent_3', name: 'Bob', reason: 'No answer' };
const PUSHED = { agent_id: 'agent_1', name: 'Bob', reason: 'name in Retell' };

const PLAN: Plan = {
  ...planOf({}),
  creates: [{ observation: READING }],
  links: [{ row: rowOf({ id: '9' }), observation: READING }],
  updates: [UPDATE],
  restores: [UPDATE],
  orphans: [{ row: rowOf({ voice_id: null }), observation: readingOf(null), reason: 'It is gone' }],
  conflicts: [{ agent_id: 'agent_1', retell_name: 'Lisa', database_name: 'Bob' }],
  skips: [SKIP],
  problems: [PROBLEM],
  unchanged: 4,
};

const WHOLE: Outcome = {
  created: [
    { agent_id: 'agent_1', name: 'Bob', voice_id: 'voice_1', reason: 'New voice-enabled agent from Retell AI' },
  ],
  updated: [
    {
      agent_id: 'agent_1',
      interviewer_id: '9',
      name: 'Bob',
      voice_id: 'voice_1',
      reason: 'Linked to the agent of the same name: agent_id: null -> "agent_1"',
    },
    {
      agent_id: 'agent_1',
      interviewer_id: '1',
      name: 'Lisa',
      voice_id: 'voice_1',
      reason: 'name: "Bob" -> "Lisa"; voice_id: null -> "v"',
    },
  ],
  restored: [
    {
      agent_id: 'agent_1',
      interviewer_id: '1',
      name: 'Lisa',
      voice_id: 'voice_1',
      reason: 'Agent is back in Retell and eligible; name: "Bob" -> "Lisa"; voice_id: null -> "v"',
    },
  ],
  orphaned: [{ agent_id: 'agent_1', interviewer_id: '1', name: 'Bob', reason: 'It is gone' }],
  pushed: [PUSHED],
  conflicts: [
    {
      agent_id: 'agent_1',
      name: 'Lisa',
      retell_name: 'Lisa',
      database_name: 'Bob',
      reason: 'Renamed on both sides: Retell says "Lisa", the database said "Bob"; Retell wins',
    },
  ],
  skipped: [SKIP],
  errors: [PROBLEM],
  unchanged: 4,
};

describe('the outcome', () => {
  test('of a dry run is the whole plan', () => {
    expect(outcomeOf(PLAN, null, [PUSHED], [])).toStrictEqual(WHOLE);
  });

  test('of a run is what really reached the database, and what it refused', () => {
    const refused = { ...PROBLEM, reason: 'Postgres refused the row' };
    const none = new Set<string>();
    const all = new Set(['agent_1']);
    const before = { ...PROBLEM, reason: 'A push failed' };
    const written = { creates: none, links: all, updates: none, restores: none, orphans: none, problems: [refused] };
    const outcome = outcomeOf(PLAN, written, [], [before]);
    expect(outcome).toMatchObject({ created: [], updated: [{ interviewer_id: '9' }], restored: [], orphaned: [] });
    expect(outcome.errors).toEqual([before, PROBLEM, refused]);
    const others = { creates: all, links: none, updates: all, restores: all, orphans: all, problems: [] };
    expect(outcomeOf(PLAN, others, [PUSHED], [])).toEqual({ ...WHOLE, updated: WHOLE.updated.slice(1) });
  });
});

describe('the audit log', () => {
  test('has an entry for each thing that happened to an agent', () => {
    const entries = auditLogOf(WHOLE, NOW);
    expect(entries.map(({ action, status }) => `${action} ${status}`)).toEqual([
      'created synced',
      'updated synced',
      'updated synced',
      'restored synced',
      'orphaned synced',
      'pushed synced',
      'conflict synced',
      'error error',
    ]);
    const timestamp = NOW.toISOString();
    expect(entries[0]).toStrictEqual({ ...WHOLE.created[0], status: 'synced', action: 'created', timestamp });
    expect(entries[4]).toStrictEqual({ ...WHOLE.orphaned[0], status: 'synced', action: 'orphaned', timestamp });
    expect(entries[7]).toEqual({ ...PROBLEM, status: 'error', action: 'error', timestamp });
  });

  test('keeps the skips apart, with the fields that are missing', () => {
    const timestamp = NOW.toISOString();
    const { missing_fields: _, ...rest } = SKIP;
    expect(skipLogOf([{ ...SKIP, voice_id: 'voice_1' }], NOW)).toMatchObject([{ voice_id: 'voice_1' }]);
    expect(skipLogOf([SKIP], NOW)[0]).not.toHaveProperty('voice_id');
    expect(skipLogOf([SKIP, { ...SKIP, missing_fields: ['voice_id'] }], NOW)).toEqual([
      { ...rest, status: 'skipped', action: 'skipped', timestamp },
      { ...rest, missing_fields: ['voice_id'], status: 'skipped', action: 'skipped', timestamp },
    ]);
  });
});

const FACTS: ReportFacts = {
  outcome: WHOLE,
  observed: inventoryOf([agentOf(), agentOf({ agent_id: 'agent_2', agent_name: 'Kabob' })], {
    pending: new Set(['x']),
  }),
  rows: [rowOf(), rowOf({ agent_id: null })],
  namePatterns: PATTERNS,
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
  const counts = {
    created: 1,
    updated: 2,
    restored: 1,
    orphaned: 1,
    pushed: 1,
    conflicts: 1,
    skipped: 1,
    errors: 1,
    unchanged: 4,
    pending: 1,
  };

  test('tells everything that version 2.0 told, and more', () => {
    const entry = ({ agent_id, name, reason }: { agent_id: string; name: string; reason: string }) => ({
      agent_id,
      name,
      reason,
    });
    expect(syncReport(FACTS, 10)).toEqual({
      success: true,
      message:
        'Sync completed: 1 created, 2 updated, 1 restored, 1 orphaned, 1 pushed, 1 conflicts, 1 skipped, 1 errors, 4 unchanged, 1 pending',
      created: WHOLE.created.map(entry),
      updated: WHOLE.updated.map(entry),
      restored: WHOLE.restored.map(entry),
      orphaned: WHOLE.orphaned.map(entry),
      pushed: [PUSHED],
      conflicts: [{ ...entry(WHOLE.conflicts[0] ?? PROBLEM), retell_name: 'Lisa', database_name: 'Bob' }],
      skipped: [entry(SKIP)],
      errors: [PROBLEM],
      unchanged: 4,
      audit_logs: [...auditLogOf(WHOLE, NOW), ...skipLogOf([SKIP], NOW)],
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

  test('cuts each list, and says so, while the counts stay whole', () => {
    const report = syncReport(FACTS, 1);
    expect(report).toMatchObject({ truncated: true, counts, updated: [{}], audit_logs: [{}] });
    expect(report.updated).toHaveLength(1);
    const two = [agentOf(), agentOf({ agent_id: 'agent_2' })];
    const unsynced = { ...FACTS, outcome: outcomeOf(planOf({}), null, [], []), observed: inventoryOf(two), rows: [] };
    expect(syncReport(unsynced, 1)).toMatchObject({ truncated: true, discrepancies: { unsynced_agents: [{}] } });
    expect(syncReport(unsynced, 2)).not.toHaveProperty('truncated');
  });

  test('carries the token of the plan when there is one', () => {
    expect(syncReport({ ...FACTS, plan: 'token' }, 10)).toHaveProperty('plan', 'token');
  });

  test('says why each agent with a voice has no active interviewer', () => {
    const reasonFor = (given: Parameters<typeof inventoryOf>[1], rows: ReportFacts['rows'] = []) => {
      const observed = inventoryOf([agentOf()], given);
      return syncReport({ ...FACTS, observed, rows }, 10).discrepancies.unsynced_agents[0];
    };
    expect(reasonFor({})).toEqual({ agent_id: 'agent_1', name: 'Bob', reason: 'No active interviewer' });
    expect(reasonFor({ unreadable: new Map([['agent_1', 'No answer']]) })?.reason).toBe('No answer');
    expect(reasonFor({ observations: new Map(), pending: new Set(['agent_1']) })?.reason).toBe('Not read yet');
    expect(reasonFor({}, [rowOf({ sync_status: 'deleted' })])?.reason).toBe(
      'The interviewer was deleted in the platform',
    );
    expect(reasonFor({}, [orphanOf()])?.reason).toBe('No active interviewer');
    expect(reasonFor({}, [rowOf()])).toBeUndefined();
    const renamed = { observations: new Map([['agent_1', readingOf(agentOf({ agent_name: 'Kabob' }))]]) };
    expect(reasonFor(renamed)).toMatchObject({ name: 'Kabob', reason: 'Agent name does not match interview patterns' });
    const nameless = { listed: new Map([['agent_1', listedOf({ agent_name: null })]]), observations: new Map() };
    expect(reasonFor(nameless)).toMatchObject({ name: 'unknown', reason: 'Missing required fields: agent_name' });
    const listed = { listed: new Map([['agent_1', listedOf({ agent_name: 'Kabob' })]]), observations: new Map() };
    expect(reasonFor(listed)?.name).toBe('Kabob');
  });
});

test('the message says what it is about, and always how many were created and updated', () => {
  const none = countsOf(outcomeOf(planOf({}), null, [], []), { pending: new Set() });
  expect(syncMessage(none, { dry_run: false, partial: false })).toBe('Sync completed: 0 created, 0 updated');
  expect(syncMessage({ ...none, skipped: 2 }, { dry_run: true, partial: false })).toBe(
    'Dry run, nothing was written: 0 created, 0 updated, 2 skipped',
  );
  expect(syncMessage(none, { dry_run: false, partial: true })).toBe(
    'Sync is partly done and goes on: 0 created, 0 updated',
  );
});

test('an agent has a voice by its channel until it is read, and by its voice afterwards', () => {
  const voiced = (given: Parameters<typeof inventoryOf>[1]) => voicedAgents(inventoryOf([agentOf()], given)).length;
  expect(voiced({})).toBe(1);
  expect(voiced({ observations: new Map() })).toBe(1);
  expect(voiced({ listed: new Map([['agent_1', listedOf({ channel: 'chat' })]]) })).toBe(0);
  expect(voiced({ observations: new Map([['agent_1', readingOf(agentOf({ voice_id: null }))]]) })).toBe(0);
  expect(voiced({ observations: new Map([['agent_1', readingOf(null)]]) })).toBe(0);
});

test('a list is cut by number and by weight, but never to nothing', () => {
  expect(cutList([1, 2, 3], 2)).toEqual([1, 2]);
  expect(cutList([1, 2], 2)).toEqual([1, 2]);
  expect(cutList([], 2)).toEqual([]);
  expect(cutList(['x', 'y', 'x'.repeat(400_000)], 1)).toEqual(['x']);
  const half = 'x'.repeat(175_000 - 2);
  expect(cutList([half, half, 'x'], 9)).toEqual([half, half]);
  expect(cutList([`${half}${half}${half}`, 'x'], 9)).toHaveLength(1);
  expect(cutList(['é'.repeat(174_999), 'x'], 9)).toHaveLength(1);
});
