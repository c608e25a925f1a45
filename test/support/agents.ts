import type { NewStoredAgent } from '../../infra/local/retell-simulator/account.ts';

/** `agent_1`, `agent_2`, ...: eligible, published, all named differently. */
export function interviewAgents(count: number): NewStoredAgent[] {
  return Array.from({ length: count }, (_, index) => eligibleAgent(index + 1));
}

export function eligibleAgent(number: number, more: NewStoredAgent = {}): NewStoredAgent {
  return { agent_id: `agent_${number}`, agent_name: `Interview agent ${number}`, published: true, ...more };
}

/** The platform's columns, for a row that a test inserts. */
export const PLATFORM_COLUMNS = 'description, image, audio, empathy, exploration, rapport, speed';
export const PLATFORM_VALUES = `'theirs', '/theirs.png', 'theirs.wav', 1, 2, 3, 4`;
