import { describe, expect, test } from '@jest/globals';
import { type AgentRecord, overviewOf } from '../../../shared/domain/agent-overview.ts';
import { agentOf, NOW, orphanOf, RULES, rowOf } from './builders.ts';

describe('the overview of an agent', () => {
  const NOTHING: AgentRecord = {
    agent_id: 'agent_1',
    agent: undefined,
    row: null,
    kept: false,
    skip: null,
    archived: null,
  };
  const lineOf = (given: Partial<AgentRecord>) => overviewOf({ ...NOTHING, ...given }, RULES);
  const archived = { name: 'Old Bob', reason: 'It was gone' };

  test('has the fields of both sides', () => {
    expect(lineOf({ agent: agentOf(), row: rowOf() })).toEqual({
      agent_id: 'agent_1',
      name: 'Bob',
      state: 'in_step',
      reason: 'In sync',
      discrepancy: null,
      interviewer_id: '1',
      voice_id: 'voice_1',
      language: 'en-US',
      last_synced_at: NOW.toISOString(),
      restorable: false,
    });
    expect(lineOf({ agent: null, row: rowOf({ language: 'de-DE' }) })).toMatchObject({
      voice_id: 'voice_1',
      language: 'de-DE',
    });
    expect(lineOf({ skip: { name: 'Kabob', reason: 'No match' } })).toEqual({
      agent_id: 'agent_1',
      name: 'Kabob',
      state: 'skipped',
      reason: 'No match',
      discrepancy: null,
      interviewer_id: null,
      voice_id: null,
      language: null,
      last_synced_at: null,
      restorable: false,
    });
  });

  test.each([
    [
      'other voice and name',
      { agent: agentOf({ voice_id: 'v2', agent_name: 'Lisa' }), row: rowOf() },
      'out_of_step',
      'voice_mismatch',
      'Voice is "voice_1" in the database, "v2" in Retell; Name is "Bob" in the database, "Lisa" in Retell',
    ],
    [
      'back',
      { agent: agentOf(), row: orphanOf() },
      'out_of_step',
      'orphaned',
      'The interviewer is orphaned (It was gone), but its agent is in Retell and eligible',
    ],
    [
      'no agent',
      { agent: null, row: rowOf() },
      'out_of_step',
      'missing_in_retell',
      'The interviewer is active, but its agent is not in Retell AI',
    ],
    [
      'not eligible',
      { agent: agentOf({ voice_id: null }), row: rowOf() },
      'out_of_step',
      'missing_in_retell',
      'The interviewer is active, but its agent is no longer eligible',
    ],
    [
      'no row',
      { agent: agentOf() },
      'out_of_step',
      'missing_in_db',
      'Eligible agent exists in Retell AI but not in the database',
    ],
    [
      'not eligible, no row',
      { agent: agentOf({ agent_name: 'Kabob' }) },
      'skipped',
      null,
      'Agent name does not match interview patterns',
    ],
    [
      'never read',
      { row: rowOf() },
      'unread',
      null,
      'Active, but its agent is not read from Retell yet: a sync or an audit reads it',
    ],
    ['orphan', { agent: null, row: orphanOf() }, 'orphaned', null, 'It was gone'],
    [
      'orphan, never read',
      { row: orphanOf({ orphan_reason: null }) },
      'orphaned',
      null,
      'Orphaned; a cleanup archives it',
    ],
    [
      'deleted',
      { agent: agentOf(), row: rowOf({ sync_status: 'deleted' as const }) },
      'deleted',
      null,
      'Deleted in the platform; a sync never restores it',
    ],
    ['archived', { agent: null, archived }, 'archived', null, 'It was gone'],
  ] as const)('shows state and reason: %s', (_, given, state, discrepancy, reason) => {
    expect(lineOf(given)).toMatchObject({ state, discrepancy, reason });
  });

  test('has each difference as data, with values cut like all text', () => {
    const long = 'Bob'.repeat(200);
    const { differences } = lineOf({ agent: agentOf({ agent_name: long, voice_id: 'v2' }), row: rowOf() }) ?? {};
    expect(differences).toEqual([
      { field: 'voice_id', database: 'voice_1', retell: 'v2', newer: 'retell' },
      { field: 'name', database: 'Bob', retell: expect.stringMatching(/^(Bob)+.{0,3}$/), newer: 'retell' },
    ]);
    expect(differences?.[1]?.retell?.length).toBeLessThanOrEqual(301);
    const unset = lineOf({ agent: agentOf(), row: rowOf({ voice_id: null }) })?.differences;
    expect(unset).toEqual([{ field: 'voice_id', database: null, retell: 'voice_1', newer: 'retell' }]);
    const oneSided: readonly Partial<AgentRecord>[] = [{ agent: agentOf() }, { agent: null, row: rowOf() }];
    for (const given of oneSided) expect(lineOf(given)).not.toHaveProperty('differences');
    expect(lineOf({ agent: agentOf(), row: orphanOf() })).not.toHaveProperty('differences');
    expect(lineOf({ agent: agentOf(), row: rowOf() })).not.toHaveProperty('differences');
  });

  test('has no time for a row that was never synced', () => {
    expect(lineOf({ agent: agentOf(), row: rowOf({ last_synced_at: null }) })).toMatchObject({ last_synced_at: null });
  });

  test('is null if nothing is left on either side', () => {
    expect(lineOf({})).toBeNull();
    expect(lineOf({ agent: null })).toBeNull();
  });

  test('shows whether a cleanup can be undone', () => {
    const kept = { row: orphanOf({ sync_status: 'deleted' }), kept: true };
    const reason = 'Deleted by a cleanup; its row is kept because other rows refer to it';
    expect(lineOf(kept)).toMatchObject({ state: 'deleted', reason, restorable: true });
    expect(lineOf({ archived })).toMatchObject({ name: 'Old Bob', restorable: true });
    expect(lineOf({ archived, row: rowOf() })).toMatchObject({ restorable: false });
    expect(lineOf({ row: orphanOf() })).toMatchObject({ restorable: false });
    expect(lineOf({ row: orphanOf(), kept: true })).toMatchObject({ restorable: false });
    // An orphan that the platform deleted, or that another row of its agent replaced.
    expect(lineOf({ row: orphanOf({ sync_status: 'deleted' }) })).toMatchObject({ restorable: false });
  });

  test('has the best known name, cut to 300 characters', () => {
    const skip = { name: 'Skipped', reason: 'x' };
    expect(lineOf({ agent: agentOf(), skip, archived })?.name).toBe('Skipped');
    expect(lineOf({ agent: agentOf(), archived })?.name).toBe('Bob');
    expect(lineOf({ agent: agentOf({ agent_name: null }) })?.name).toBe('agent_1');
    const name = 'x'.repeat(300);
    expect(lineOf({ row: rowOf({ name }) })?.name).toBe(name);
    expect(lineOf({ row: rowOf({ name: `${name}y` }) })?.name).toBe(`${name}…`);
    expect(lineOf({ row: rowOf({ name: `${'x'.repeat(299)}😀` }) })?.name).toBe(`${'x'.repeat(299)}\ufffd…`);
  });
});
