/** The state of both sides, in a word and a sentence. */
import type { Status, SyncState } from '../data/api-types.ts';
import type { ShownStatus } from '../data/queries.ts';
import { withoutStatusCode } from '../data/request-error.ts';
import type { Label } from '../labels.ts';
import { counted } from '../ui/format.ts';
import { listWarnings } from './attention.ts';
import type { AgentStats } from './stats.ts';

export interface Headline {
  readonly state: SyncState;
  readonly label: Label;
  readonly sentence: string;
  /** Whether the score is from an earlier comparison, and may be out of date. */
  readonly lastKnown: boolean;
}

const LABELS: Readonly<Record<SyncState, Label>> = {
  in_sync: { word: 'In sync', tone: 'good' },
  out_of_sync: { word: 'Out of sync', tone: 'bad' },
  needs_confirmation: { word: 'Waits for you', tone: 'warn' },
  unknown: { word: 'Unknown', tone: 'calm' },
};

/** The service's state, which monitors see too. Only the list of agents, which is newer, can make it worse. */
export function headline(status: ShownStatus, stats: AgentStats): Headline {
  const state = status.state === 'in_sync' && stats.outOfSync > 0 ? 'out_of_sync' : status.state;
  const listed = alsoListed(status);
  return {
    state,
    // Green only if nothing is listed.
    label: state === 'in_sync' && listed.length > 0 ? { ...LABELS.in_sync, tone: 'warn' } : LABELS[state],
    sentence: withoutStatusCode([sentenceOf(state, status, stats), ...listed].join(' ')),
    lastKnown: status.state !== 'in_sync' && status.state !== 'out_of_sync' && status.health_score !== null,
  };
}

/** Conflicts and warnings, which the state leaves out. */
function alsoListed(status: Status): readonly string[] {
  const conflicts = status.conflicts.length;
  const warnings = listWarnings(status).length;
  const parts = [
    ...(conflicts === 0 ? [] : [counted(conflicts, 'name conflict')]),
    ...(warnings === 0 ? [] : [counted(warnings, 'warning')]),
  ];
  return parts.length === 0 ? [] : [`${parts.join(' and ')} below.`];
}

function sentenceOf(state: SyncState, status: ShownStatus, stats: AgentStats): string {
  const { reason } = status;
  if (state === 'needs_confirmation') return `${reason}.`;
  if (state === 'in_sync') return inSync(stats);
  if (state === 'out_of_sync') return stats.outOfSync > 0 ? outOfSync(stats) : `${reason}. Fixed since? Check again.`;
  return [`${reason}.`, ...whenUnknown(status)].join(' ');
}

function whenUnknown({ as_of, isOld = false }: ShownStatus): readonly string[] {
  if (as_of !== null) return ['This is what was known before.'];
  return isOld ? [] : ['A dry run shows what a sync would do.'];
}

function outOfSync({ outOfSync: count }: AgentStats): string {
  return `${counted(count, 'agent')} ${count === 1 ? 'is' : 'are'} out of sync.`;
}

function inSync({ active, inRetell }: AgentStats): string {
  if (active > 0) return 'Every eligible agent has an interviewer that matches it.';
  return inRetell === 0
    ? 'The Retell account has no agents. Create one in Retell; the next sync makes its interviewer.'
    : 'No agent is eligible for an interviewer. The list of agents says why.';
}
