/** The state of both sides, in a word and a sentence. */
import type { Status, SyncState } from '../data/api-types.ts';
import type { Label } from '../labels.ts';
import { counted } from '../ui/format.ts';
import type { AgentStats } from './stats.ts';

export interface Headline {
  readonly state: SyncState;
  readonly sentence: string;
  /** The score is that of an earlier comparison: it says nothing about now. */
  readonly lastKnown: boolean;
}

export const SYNC_STATES: Readonly<Record<SyncState, Label>> = {
  in_sync: { word: 'In sync', tone: 'good' },
  out_of_sync: { word: 'Out of sync', tone: 'bad' },
  needs_confirmation: { word: 'Waits for you', tone: 'warn' },
  unknown: { word: 'Unknown', tone: 'calm' },
};

/** The service's state, which monitors see too. Only the list of agents, which is newer, can make it worse. */
export function headline(status: Status, stats: AgentStats): Headline {
  const { state, reason, health_score } = status;
  const lastKnown = state !== 'in_sync' && state !== 'out_of_sync' && health_score !== null;
  if (state === 'in_sync' && stats.outOfSync > 0)
    return { state: 'out_of_sync', sentence: outOfSync(stats), lastKnown };
  return { state, sentence: sentenceOf(state, `${reason}.`, { status, stats }), lastKnown };
}

interface Numbers {
  readonly status: Status;
  readonly stats: AgentStats;
}

function sentenceOf(state: SyncState, reason: string, { status, stats }: Numbers): string {
  if (state === 'needs_confirmation') return reason;
  if (state === 'in_sync') return inSync(stats.active, status.summary?.total_retell_agents ?? 0);
  if (state === 'out_of_sync') return stats.outOfSync > 0 ? outOfSync(stats) : `${reason} Fixed since? Check again.`;
  const next = status.as_of === null ? 'A dry run shows what a sync would do.' : 'This is what was known before.';
  return `${reason} ${next}`;
}

function outOfSync({ outOfSync: count }: AgentStats): string {
  return `${counted(count, 'agent')} ${count === 1 ? 'is' : 'are'} out of sync.`;
}

function inSync(active: number, inRetell: number): string {
  if (active > 0) return 'Every eligible agent has an interviewer that matches it.';
  return inRetell === 0
    ? 'The Retell account has no agents. Create one in Retell; the next sync makes its interviewer.'
    : 'No agent is eligible for an interviewer. The list of agents says why.';
}
