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
import { agentOf, listedOf, PATTERNS } from './builders.ts';

describe('a name matches where one of its words starts with a pattern', () => {
  test.each(['Bob', 'bobby', 'KIND BOB', 'Kind-Bob', 'kind_bob', '(Bob)', 'Flow 2', 'Müller/Lisa'])('%s', (name) => {
    expect(PATTERNS.test(name)).toBe(true);
  });

  test.each(['Kabob', 'workflow', 'éBob', 'e\u0301Bob', '7bob', 'İlisa', 'Support', ''])('not %s', (name) => {
    expect(PATTERNS.test(name)).toBe(false);
  });

  test('in any script, and with whatever a regular expression would take for more than a letter', () => {
    const patterns = compileNamePatterns(['собеседование', 'c++', '面接']);
    expect(['Новое СОБЕСЕДОВАНИЕ', 'Our C++ round', '面接官'].every((name) => patterns.test(name))).toBe(true);
    expect(['недособеседование', 'ccc', '本面接'].some((name) => patterns.test(name))).toBe(false);
  });

  test('the same answer every time it is asked', () => {
    expect([1, 2, 3].map(() => PATTERNS.test('Bob'))).toEqual([true, true, true]);
  });

  test('by default for the interviewers of FoloUp', () => {
    const patterns = compileNamePatterns(DEFAULT_NAME_PATTERNS.split(', '));
    expect(['Explorer Lisa', 'Empathetic Bob', 'Voice of reason'].every((name) => patterns.test(name))).toBe(true);
  });
});

describe('the first rule that fails gives the reason', () => {
  const reasonOf = (given: Parameters<typeof agentOf>[0]) => ineligibility(fromAgent(agentOf(given)), PATTERNS);

  test('no voice, before no name', () => {
    expect(reasonOf({ voice_id: null, agent_name: null })).toEqual({
      rule: 'voice',
      passed: false,
      reason: 'No voice configured - agents without voice are not suitable for interviews',
      missing_fields: ['voice_id'],
    });
  });

  test('no name, before no match', () => {
    expect(reasonOf({ agent_name: null })).toEqual({
      rule: 'required_fields',
      passed: false,
      reason: 'Missing required fields: agent_name',
      missing_fields: ['agent_name'],
    });
  });

  test('no match', () => {
    expect(reasonOf({ agent_name: 'Support' })).toEqual({
      rule: 'name_pattern',
      passed: false,
      reason: 'Agent name does not match interview patterns',
      missing_fields: [],
    });
  });

  test('none, when all pass', () => {
    expect(reasonOf({})).toBeNull();
    expect(checkRules(fromAgent(agentOf()), PATTERNS)).toEqual([
      { rule: 'voice', passed: true, reason: 'Has a voice', missing_fields: [] },
      { rule: 'required_fields', passed: true, reason: 'Has a name', missing_fields: [] },
      { rule: 'name_pattern', passed: true, reason: 'Name matches the interview patterns', missing_fields: [] },
    ]);
  });
});

test('as long as only the listing is known, the channel stands for the voice', () => {
  expect(fromListing(listedOf())).toEqual({ agent_id: 'agent_1', agent_name: 'Bob', voiced: true });
  expect(isEligible(fromListing(listedOf()), PATTERNS)).toBe(true);
  expect(isEligible(fromListing(listedOf({ channel: 'chat' })), PATTERNS)).toBe(false);
});
