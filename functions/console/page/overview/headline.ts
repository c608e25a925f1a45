/** The state of both sides, in a word and a sentence. */
import type { Run, Status } from '../data/api-types.ts';
import type { Label } from '../labels.ts';
import { COMPARISONS } from '../operations/current-notice.ts';
import { counted } from '../ui/format.ts';
import type { AgentStats } from './stats.ts';

export type SyncState = 'in_sync' | 'out_of_sync' | 'needs_confirmation' | 'unknown';

export interface Headline {
  readonly state: SyncState;
  readonly sentence: string;
  /** The last comparison failed, so the score is that of an earlier one. */
  readonly lastKnown: boolean;
}

/** Green only if no discrepancy is listed. */
export const SYNC_STATES: Readonly<Record<SyncState, Label>> = {
  in_sync: { word: 'In sync', tone: 'good' },
  out_of_sync: { word: 'Out of sync', tone: 'bad' },
  needs_confirmation: { word: 'Waits for you', tone: 'warn' },
  unknown: { word: 'Unknown', tone: 'calm' },
};

/** `runs`: newest first. */
export function headline({ health_score, summary }: Status, stats: AgentStats, runs: readonly Run[]): Headline {
  if (health_score === null) {
    return headlineOf('unknown', 'Nothing has been compared yet. A dry run shows what the first sync would do.');
  }
  const comparisons = runs.filter(({ kind, status }) => COMPARISONS.has(kind) && status !== 'running');
  if (comparisons[0]?.status === 'failed') {
    return { ...headlineOf('unknown', 'The last comparison failed. This is what was known before.'), lastKnown: true };
  }
  if (comparisons.find(({ kind }) => kind !== 'audit')?.status === 'held') {
    return headlineOf('needs_confirmation', 'The last sync was blocked until a person confirms.');
  }
  if (stats.outOfSync > 0) {
    const verb = stats.outOfSync === 1 ? 'is' : 'are';
    return headlineOf('out_of_sync', `${counted(stats.outOfSync, 'agent')} ${verb} out of sync.`);
  }
  if (health_score < 100) return headlineOf('in_sync', 'Everything is in sync again. Check for the new score.');
  return headlineOf('in_sync', inSyncSentence(stats.active, summary?.total_retell_agents ?? 0));
}

function headlineOf(state: SyncState, sentence: string): Headline {
  return { state, sentence, lastKnown: false };
}

function inSyncSentence(active: number, inRetell: number): string {
  if (active > 0) return 'Every eligible agent has an interviewer that matches it.';
  return inRetell === 0
    ? 'The Retell account has no agents. Create one in Retell; the next sync makes its interviewer.'
    : 'No agent is eligible for an interviewer. The list of agents says why.';
}
