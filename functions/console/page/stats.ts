/** What the overview counts: as the list of agents is now, so that both say the same. */
import type { AgentOverview } from '../../../shared/api/agents.ts';
import type { Status } from '../../../shared/api/scheduled-sync.ts';
import { counted } from './format.ts';

export interface Figures {
  readonly active: number;
  /** Rows that name an agent, whatever their status. */
  readonly linked: number;
  readonly outOfStep: number;
  readonly orphans: number;
}

export function figuresOf(agents: readonly AgentOverview[]): Figures {
  const rows = agents.filter(({ interviewer_id }) => interviewer_id !== null);
  const orphans = rows.filter(isOrphan).length;
  const deleted = rows.filter(({ state }) => state === 'deleted').length;
  return {
    active: rows.length - orphans - deleted,
    linked: rows.length,
    outOfStep: agents.filter(({ discrepancy }) => discrepancy !== null).length,
    orphans,
  };
}

/** One whose agent is back is an orphan too, until a sync. */
function isOrphan({ state, discrepancy }: AgentOverview): boolean {
  return state === 'orphaned' || discrepancy === 'orphaned';
}

/** What the big number means, in a sentence. The score is that of the last check, the figures are of now. */
export function healthSentence({ health_score }: Status, { outOfStep, active }: Figures): string {
  if (health_score === null) return 'Nothing has been compared yet. The first sync tells how well both sides match.';
  const agents = counted(outOfStep, 'agent');
  if (outOfStep > 0 && health_score === 100)
    return `${agents} ${outOfStep === 1 ? 'has' : 'have'} got out of step since the last check.`;
  if (outOfStep > 0) return `${agents} ${outOfStep === 1 ? 'is' : 'are'} out of step between Retell and the platform.`;
  if (health_score < 100) return 'What was out of step at the last check is mended. Check again for the score.';
  return active === 0
    ? 'There is nothing to keep in step yet.'
    : 'Every eligible agent has an interviewer that matches it.';
}
