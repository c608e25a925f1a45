import { describe, expect, test } from '@jest/globals';
import { auditLogOf, skipLogOf } from '../../../shared/domain/audit-log.ts';
import { NOTHING_PENDING } from '../../../shared/domain/observed-state.ts';
import { countsOf, type SyncReportInput, syncMessage, syncReport } from '../../../shared/domain/sync-report.ts';
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
import { CHANGES, COUNTS, FIELDS } from './changes.ts';

const INPUT: SyncReportInput = {
  changes: CHANGES,
  unchanged: 4,
  observed: observedOf([agentOf(), agentOf({ agent_id: 'agent_2', agent_name: 'Kabob' })], {
    pending: new Set(['x']),
    unpushed: 2,
    unverified: 1,
  }),
  rows: [rowOf(), rowOf({ agent_id: null })],
  rules: RULES,
  run_id: 7,
  plan: null,
  blocked: false,
  duration_ms: 12,
  retell_calls: 3,
  health_score: 90,
  now: NOW,
};

describe('the sync report', () => {
  const counts = { ...COUNTS, unchanged: 4, pending: 3 };

  test('has the lists, counts and totals of version 2.0 and later', () => {
    const agent_1 = { agent_id: 'agent_1', name: 'Bob' };
    expect(syncReport(INPUT, 20)).toEqual({
      success: true,
      message:
        'Sync partly completed; a continuation or the next sync does the rest: 1 created, 2 updated, 1 restored, 1 orphaned, 2 pushed, 1 conflict, 1 skipped, 1 error, 4 unchanged, 3 pending',
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
      errors: [{ agent_id: null, name: 'An agent without an id', reason: 'No id' }],
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
      partial: true,
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

  test('of a run that is not stored is that of a dry run', () => {
    const report = syncReport({ ...INPUT, observed: observedOf([agentOf()]), run_id: null }, 10);
    expect(report).toMatchObject({ run_id: null, dry_run: true, partial: false });
    expect(report.message).toMatch(/^Dry run, nothing was written: /);
  });

  test('has the plan token of the orphans if there are any', () => {
    expect(syncReport({ ...INPUT, plan: 'token' }, 10)).toHaveProperty('plan', 'token');
    expect(syncReport({ ...INPUT, blocked: true }, 10)).toHaveProperty('needs_confirmation', true);
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
    expect(reasonFor(nameless)).toMatchObject({ name: 'agent_1', reason: 'Missing required fields: agent_name' });
    const listed = { listed: new Map([['agent_1', listedOf({ agent_name: 'Kabob' })]]), observations: new Map() };
    expect(reasonFor(listed)?.name).toBe('Kabob');
  });
});

test('the message of a sync names its kind, and always how many were created and updated', () => {
  const none = countsOf({ changes: [], unchanged: 0 }, NOTHING_PENDING);
  expect(syncMessage(none, { dry_run: false, partial: false })).toBe('Sync completed: 0 created, 0 updated');
  expect(syncMessage({ ...none, skipped: 2 }, { dry_run: true, partial: false })).toBe(
    'Dry run, nothing was written: 0 created, 0 updated, 2 skipped',
  );
  expect(syncMessage(none, { dry_run: false, partial: true })).toBe(
    'Sync partly completed; a continuation or the next sync does the rest: 0 created, 0 updated',
  );
  expect(syncMessage({ ...none, conflicts: 2, errors: 2 }, { dry_run: true, partial: true })).toMatch(
    /^Dry run.*2 conflicts, 2 errors$/,
  );
});
