/**
 * Agents that the rules of an earlier version have passed are not judged again while the fingerprint stays the same.
 */
import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { Agent } from '../../../shared/domain/agent.ts';
import { passesRules, rulesFingerprint } from '../../../shared/domain/comparison.ts';
import { nameRules } from '../../../shared/domain/eligibility.ts';
import { agentOf } from './builders.ts';

const RULES = nameRules(['interview', 'bob', 'lisa', 'c++']);

/** Each agent has a name at the limits of the rules: at the edges of words, in other scripts, or without a letter. */
const NAMES = [
  null,
  '',
  ' ',
  'Bob',
  'bob',
  'BOB',
  'Bobby',
  'Kabob',
  'Kind-Bob',
  'Kind Bob',
  'Kind_Bob',
  '1Bob',
  '\u00E4bob',
  '\u00E4 bob',
  'Interview',
  'interviewer',
  'Reinterview',
  'Pre-interview',
  'C++ Bot',
  'C Bot',
  'Support',
  'Sales',
  'L\u0131sa',
  'L\u00EDsa',
  'li sa',
];
const VOICES = ['voice_1', '', null];
const WEBHOOKS: readonly Partial<Agent>[] = [
  {},
  { webhook_url: 'https://elsewhere.example/hook' },
  { webhook_url: 'https://interviews.example/api/retell-webhook' },
  { webhook_url: 'https://interviews.example/api/retell-webhook/' },
  { webhook_url: 'not a url' },
  { webhook_events: [] },
  { webhook_events: ['call_started'] },
  { webhook_events: ['call_ended', 'call_analyzed'] },
  { webhook_events: ['chat_started'] },
];

function digestOfDecisions(): string {
  const decisions = NAMES.flatMap((agent_name) =>
    VOICES.flatMap((voice_id) =>
      WEBHOOKS.map((given) => (passesRules(agentOf({ agent_name, voice_id, ...given }), RULES) ? '1' : '0')),
    ),
  );
  return createHash('sha256').update(decisions.join('')).digest('base64url').slice(0, 22);
}

/**
 * Every version so far, the newest last. If this test fails, the rules decide differently than before: raise
 * `RULES_VERSION` in `shared/domain/comparison.ts`, and add a line. Never change a line.
 */
const VERSIONS: readonly (readonly [fingerprint: string, digest: string])[] = [
  ['Bd8JSJX1J1Z6DgKHSExpqM', 'ILeoTt_JPl1cY_uV9pV1t6'],
];

test('rules with other decisions have another fingerprint, so that agents which earlier rules passed are judged again', () => {
  expect(VERSIONS.at(-1)).toEqual([rulesFingerprint(RULES), digestOfDecisions()]);
  expect(new Set(VERSIONS.map(([fingerprint]) => fingerprint)).size).toBe(VERSIONS.length);
});
