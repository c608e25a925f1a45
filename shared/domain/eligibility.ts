/** Which agents are interviewers. The one home of the rules and of the reasons that people read. */
import type { Agent, ListedAgent } from './agent.ts';

/** What the rules look at. `voiced` is the channel as long as only the listing is known, the voice once the agent was read. */
export interface Candidate {
  readonly agent_id: string;
  readonly agent_name: string | null;
  readonly voiced: boolean;
}

export interface RuleResult {
  readonly rule: 'voice' | 'required_fields' | 'name_pattern';
  readonly passed: boolean;
  readonly reason: string;
  readonly missing_fields: readonly string[];
}

export const NO_VOICE = 'No voice configured - agents without voice are not suitable for interviews';
export const NAME_MISMATCH = 'Agent name does not match interview patterns';

/** Words match without case wherever a word starts: `bob` matches `Bobby` and `Kind-Bob`, not `Kabob`. */
export function compileNamePatterns(words: readonly string[]): RegExp {
  const alternatives = words.map((word) => RegExp.escape(word)).join('|');
  return new RegExp(`(?<![\\p{L}\\p{M}\\p{N}])(?:${alternatives})`, 'iu');
}

export function fromListing(listed: ListedAgent): Candidate {
  return { agent_id: listed.agent_id, agent_name: listed.agent_name, voiced: listed.channel === 'voice' };
}

export function fromAgent(agent: Pick<Agent, 'agent_id' | 'agent_name' | 'voice_id'>): Candidate {
  return { agent_id: agent.agent_id, agent_name: agent.agent_name, voiced: agent.voice_id !== null };
}

/** Every rule, in the order in which they decide. */
export function checkRules(candidate: Candidate, namePatterns: RegExp): readonly RuleResult[] {
  const { agent_name: name, voiced } = candidate;
  const named = name !== null;
  const matches = named && namePatterns.test(name);
  return [
    rule('voice', voiced, voiced ? 'Has a voice' : NO_VOICE, voiced ? [] : ['voice_id']),
    rule(
      'required_fields',
      named,
      named ? 'Has a name' : 'Missing required fields: agent_name',
      named ? [] : ['agent_name'],
    ),
    rule('name_pattern', matches, matches ? 'Name matches the interview patterns' : NAME_MISMATCH, []),
  ];
}

/** The first rule that fails, which gives the reason; null when the agent is eligible. */
export function ineligibility(candidate: Candidate, namePatterns: RegExp): RuleResult | null {
  return checkRules(candidate, namePatterns).find((result) => !result.passed) ?? null;
}

export function isEligible(candidate: Candidate, namePatterns: RegExp): boolean {
  return ineligibility(candidate, namePatterns) === null;
}

function rule(
  name: RuleResult['rule'],
  passed: boolean,
  reason: string,
  missing_fields: readonly string[],
): RuleResult {
  return { rule: name, passed, reason, missing_fields };
}
