import { describe, expect, test } from '@jest/globals';
import { type AgentRecord, overviewOf } from '../../../shared/domain/agent-overview.ts';
import { explainAgent } from '../../../shared/domain/explain-agent.ts';
import { agentOf, NOW, orphanOf, RULES, RUN_BEGAN, rowOf } from './builders.ts';

describe('the explanation of an agent', () => {
  const judge = (agent: ReturnType<typeof agentOf> | null, row: ReturnType<typeof rowOf> | null) =>
    explainAgent(agent, row, RULES);

  test('is in sync if every rule passes', () => {
    expect(judge(agentOf(), rowOf())).toEqual({
      in_step: true,
      summary: 'In sync.',
      rules: [
        { rule: 'in_retell', passed: true, reason: 'Retell has the agent' },
        { rule: 'voice', passed: true, reason: 'Has a voice' },
        { rule: 'required_fields', passed: true, reason: 'Has a name' },
        { rule: 'name_pattern', passed: true, reason: 'Name matches the interview patterns' },
        { rule: 'in_database', passed: true, reason: 'An active interviewer has this agent' },
        { rule: 'same_name', passed: true, reason: 'Name is "Bob" on both sides' },
        { rule: 'same_voice', passed: true, reason: 'Voice is "voice_1" on both sides' },
      ],
    });
  });

  test.each([
    ['no row', agentOf(), null, 'Out of sync: No interviewer has this agent. A sync fixes it.'],
    [
      'other fields',
      agentOf(),
      rowOf({ name: 'Lisa', voice_id: null }),
      'Out of sync: Name is "Lisa" in the database, "Bob" in Retell. Voice is null in the database, "voice_1" in Retell. A sync fixes it.',
    ],
    [
      'an orphan',
      agentOf(),
      orphanOf(),
      `Out of sync: The interviewer has been orphaned since ${RUN_BEGAN.toISOString()}: It was gone. A sync fixes it.`,
    ],
    ['no agent', null, rowOf(), 'Out of sync: Retell has no such agent. A sync orphans the interviewer.'],
    [
      'an agent that is no interviewer',
      agentOf({ agent_name: 'Support' }),
      rowOf({ name: 'Support' }),
      'Out of sync: Agent name does not match interview patterns. A sync orphans the interviewer.',
    ],
  ])('is out of sync with %s', (_, agent, row, summary) => {
    expect(judge(agent, row)).toMatchObject({ in_step: false, summary });
  });

  test('has only the rules that apply', () => {
    const rulesOf = (...given: Parameters<typeof judge>) => judge(...given).rules.map(({ rule }) => rule);
    expect(rulesOf(null, null)).toEqual(['in_retell', 'in_database']);
    expect(rulesOf(null, orphanOf())).toEqual(['in_retell', 'in_database']);
    expect(rulesOf(agentOf(), null)).toEqual(['in_retell', 'voice', 'required_fields', 'name_pattern', 'in_database']);
  });

  test.each([
    [
      'a row that the platform deleted',
      agentOf(),
      rowOf({ sync_status: 'deleted' }),
      'The interviewer was deleted in the platform; a sync never restores it.',
    ],
    [
      'neither an agent nor a row',
      null,
      null,
      'No interviewer needed: Retell has no such agent. No interviewer has this agent.',
    ],
    [
      'an orphan without an agent',
      null,
      orphanOf({ orphan_reason: null, orphaned_at: null }),
      'No interviewer needed: Retell has no such agent. The interviewer is orphaned.',
    ],
    [
      'an agent that is no interviewer',
      agentOf({ agent_name: 'Support' }),
      null,
      'No interviewer needed: Agent name does not match interview patterns. No interviewer has this agent.',
    ],
  ])('is in sync with %s', (_, agent, row, summary) => {
    expect(judge(agent, row)).toMatchObject({ in_step: true, summary });
  });
});

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

  test('is null if neither side has anything left', () => {
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
    expect(lineOf({ agent: agentOf({ agent_name: null }) })?.name).toBe('unknown');
    const name = 'x'.repeat(300);
    expect(lineOf({ row: rowOf({ name }) })?.name).toBe(name);
    expect(lineOf({ row: rowOf({ name: `${name}y` }) })?.name).toBe(`${name}…`);
    expect(lineOf({ row: rowOf({ name: `${'x'.repeat(299)}😀` }) })?.name).toBe(`${'x'.repeat(299)}\ufffd…`);
  });
});
