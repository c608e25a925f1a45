import { describe, expect, test } from '@jest/globals';
import { DEFAULT_NAME_PATTERNS } from '../../../shared/contract.ts';
import {
  checkRules,
  compileNamePatterns,
  fromAgent,
  fromListing,
  ineligibility,
  isEligible,
} from '../../../shared/domain/eligibility.ts';
import { agentOf, listedOf, RULES } from './builders.ts';

const { namePatterns: PATTERNS } = RULES;

describe('a name pattern', () => {
  test.each(['Bob', 'bobby', 'KIND BOB', 'Kind-Bob', 'kind_bob', '(Bob)', 'Flow 2', 'Müller/Lisa'])(
    'matches %s, where a word starts with it',
    (name) => {
      expect(PATTERNS.test(name)).toBe(true);
    },
  );

  test.each(['Kabob', 'workflow', 'éBob', 'e\u0301Bob', '7bob', 'İlisa', 'Support', ''])(
    'does not match %s',
    (name) => {
      expect(PATTERNS.test(name)).toBe(false);
    },
  );

  test('matches in any script, and literally if it has characters special to regular expressions', () => {
    const patterns = compileNamePatterns(['собеседование', 'c++', '面接']);
    expect(['Новое СОБЕСЕДОВАНИЕ', 'Our C++ round', '面接官'].every((name) => patterns.test(name))).toBe(true);
    expect(['недособеседование', 'ccc', '本面接'].some((name) => patterns.test(name))).toBe(false);
  });

  test('gives the same result each time', () => {
    expect([1, 2, 3].map(() => PATTERNS.test('Bob'))).toEqual([true, true, true]);
  });

  test('matches the interviewers of FoloUp by default', () => {
    const patterns = compileNamePatterns(DEFAULT_NAME_PATTERNS.split(', '));
    expect(['Explorer Lisa', 'Empathetic Bob', 'Voice of reason'].every((name) => patterns.test(name))).toBe(true);
  });
});

describe('the reason of an ineligible agent', () => {
  const reasonOf = (given: Parameters<typeof agentOf>[0]) => ineligibility(fromAgent(agentOf(given)), RULES);

  test('is the missing voice, even if the name is missing too', () => {
    expect(reasonOf({ voice_id: null, agent_name: null })).toEqual({
      rule: 'voice',
      passed: false,
      reason: 'No voice configured - agents without voice are not suitable for interviews',
      missing_fields: ['voice_id'],
    });
  });

  test('is the missing name if it has a voice', () => {
    expect(reasonOf({ agent_name: null })).toEqual({
      rule: 'required_fields',
      passed: false,
      reason: 'Missing required fields: agent_name',
      missing_fields: ['agent_name'],
    });
  });

  test('is a name that matches no pattern', () => {
    expect(reasonOf({ agent_name: 'Support' })).toEqual({
      rule: 'name_pattern',
      passed: false,
      reason: 'Agent name does not match interview patterns',
      missing_fields: [],
    });
  });

  test('is null if every rule passes', () => {
    expect(reasonOf({})).toBeNull();
    expect(checkRules(fromAgent(agentOf()), RULES)).toEqual([
      { rule: 'voice', passed: true, reason: 'Has a voice', missing_fields: [] },
      { rule: 'required_fields', passed: true, reason: 'Has a name', missing_fields: [] },
      {
        rule: 'name_pattern',
        passed: true,
        reason: 'Name matches the interview patterns by "Bob"',
        missing_fields: [],
      },
    ]);
  });
});

test('a listed agent is judged by its channel in place of its voice', () => {
  expect(fromListing(listedOf())).toEqual({ agent_name: 'Bob', has_voice: true });
  expect(isEligible(fromListing(listedOf()), RULES)).toBe(true);
  expect(isEligible(fromListing(listedOf({ channel: 'chat' })), RULES)).toBe(false);
});
