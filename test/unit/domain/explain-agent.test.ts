import { describe, expect, test } from '@jest/globals';
import { NO_VOICE, nameRules } from '../../../shared/domain/eligibility.ts';
import { explainAgent, explainListed } from '../../../shared/domain/explain-agent.ts';
import { agentOf, orphanOf, RULES, RUN_BEGAN, rowOf } from './builders.ts';

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
        { rule: 'name_pattern', passed: true, reason: 'Name matches the interview patterns by "Bob"' },
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

  test('names the words with which a word of the name must start', () => {
    const hintOf = (words: readonly string[]) =>
      explainAgent(agentOf({ agent_name: 'Support' }), null, nameRules(words)).rules.map(({ hint }) => hint);
    expect(hintOf(['bob', 'lisa'])).toContain(
      'It matches once a word of the name starts with one of "bob", "lisa": rename the agent in Retell, or add a word to INTERVIEW_NAME_PATTERNS.',
    );
    expect(hintOf(['bob'])).toContain(
      'It matches once a word of the name starts with "bob": rename the agent in Retell, or add a word to INTERVIEW_NAME_PATTERNS.',
    );
    expect(explainAgent(agentOf(), null, RULES).rules.flatMap(({ hint }) => hint ?? [])).toEqual([]);
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

describe('the explanation of an agent that only the listing shows', () => {
  test('names the channel as the reason if the listing has no voice', () => {
    expect(explainListed(NO_VOICE, null)).toEqual({
      in_step: true,
      summary: expect.stringContaining('Not a voice agent'),
      rules: [
        { rule: 'in_retell', passed: true, reason: 'Retell lists the agent' },
        {
          rule: 'voice',
          passed: false,
          reason:
            'Not a voice agent: the last sync found it in the listing of Retell with another channel, such as chat',
        },
        { rule: 'in_database', passed: false, reason: expect.any(String) },
      ],
    });
    expect(explainListed(NO_VOICE, rowOf())).toMatchObject({ in_step: false });
  });

  test.each([null, 'Another reason'])('is left out for the reason %j', (reason) => {
    expect(explainListed(reason, null)).toBeNull();
  });
});
