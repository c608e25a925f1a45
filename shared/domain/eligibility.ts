/** Decides which agents are interviewers. All rules and the reasons that people read are here. */
import type { Agent, ListedAgent } from './agent.ts';

export interface EligibilityRules {
  /** Matches the names of interviewers. */
  readonly namePatterns: RegExp;
  /** The words that it consists of, to show to people. */
  readonly nameWords: readonly string[];
}

/** What the rules look at. As long as only the listing is known, the channel decides whether there is a voice. */
interface EligibilitySubject {
  readonly agent_name: string | null;
  readonly has_voice: boolean;
}

export interface EligibilityCheck {
  readonly rule: 'voice' | 'required_fields' | 'name_pattern';
  readonly passed: boolean;
  readonly reason: string;
  readonly missing_fields: readonly string[];
}

export const NO_VOICE = 'No voice configured - agents without voice are not suitable for interviews';
const NAME_MISMATCH = 'Agent name does not match interview patterns';

export function nameRules(nameWords: readonly string[]): EligibilityRules {
  return { nameWords, namePatterns: compileNamePatterns(nameWords) };
}

/** Words match case-insensitively wherever a word starts: `bob` matches `Bobby` and `Kind-Bob`, not `Kabob`. */
export function compileNamePatterns(words: readonly string[]): RegExp {
  const alternatives = words.map((word) => RegExp.escape(word)).join('|');
  return new RegExp(`(?<![\\p{L}\\p{M}\\p{N}])(?:${alternatives})`, 'iu');
}

export function fromListing({ agent_name, channel }: ListedAgent): EligibilitySubject {
  return { agent_name, has_voice: channel === 'voice' };
}

export function fromAgent({ agent_name, voice_id }: Pick<Agent, 'agent_name' | 'voice_id'>): EligibilitySubject {
  return { agent_name, has_voice: voice_id !== null };
}

/** Every rule, in the order in which they decide. */
export function checkRules(
  { agent_name: name, has_voice }: EligibilitySubject,
  rules: EligibilityRules,
): readonly EligibilityCheck[] {
  const match = name === null ? null : rules.namePatterns.exec(name);
  return [
    has_voice ? passed('voice', 'Has a voice') : failed('voice', NO_VOICE, ['voice_id']),
    name !== null
      ? passed('required_fields', 'Has a name')
      : failed('required_fields', 'Missing required fields: agent_name', ['agent_name']),
    match === null
      ? failed('name_pattern', NAME_MISMATCH, [])
      : passed('name_pattern', `Name matches the interview patterns by ${JSON.stringify(match[0])}`),
  ];
}

/** The first rule that fails, which gives the reason; null when the agent is eligible. */
export function ineligibility(subject: EligibilitySubject, rules: EligibilityRules): EligibilityCheck | null {
  return checkRules(subject, rules).find((result) => !result.passed) ?? null;
}

export function isEligible(subject: EligibilitySubject, rules: EligibilityRules): boolean {
  return ineligibility(subject, rules) === null;
}

function passed(rule: EligibilityCheck['rule'], reason: string): EligibilityCheck {
  return { rule, passed: true, reason, missing_fields: [] };
}

function failed(rule: EligibilityCheck['rule'], reason: string, missing_fields: readonly string[]): EligibilityCheck {
  return { rule, passed: false, reason, missing_fields };
}
