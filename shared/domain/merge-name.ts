/** Who wins when the row and the agent bear different names. */
import type { Agent } from './agent.ts';

export type Direction = 'both' | 'pull';

export type NameDecision =
  /** Both sides say the same. */
  | 'agreed'
  /** The row takes Retell's name. */
  | 'follow'
  /** Only the platform renamed: Retell takes the row's name. */
  | 'push'
  /** Both renamed: Retell wins, and people are told. */
  | 'conflict';

/** `agreed` is what both sides last bore; undefined when they never met, and then Retell's name is taken. */
export function decideName(
  row: string,
  retell: string,
  agreed: string | undefined,
  direction: Direction,
): NameDecision {
  if (row === retell) return 'agreed';
  if (agreed === undefined || row === agreed) return 'follow';
  if (retell !== agreed) return 'conflict';
  return direction === 'both' ? 'push' : 'follow';
}

/** An eligible agent always has a name. */
export function nameOf(agent: Pick<Agent, 'agent_name'>): string {
  return agent.agent_name ?? '';
}
