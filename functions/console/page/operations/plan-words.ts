/** Describes what a sync did or would do. */
import type { Counts, ReportEntry, SyncReport } from '../data/api-types.ts';
import { counted } from '../ui/format.ts';

export const GROUPS = [
  'created',
  'restored',
  'updated',
  'pushed',
  'conflicts',
  'orphaned',
  'errors',
  'skipped',
] as const;
export type Group = (typeof GROUPS)[number];

/** Number of changes that applying the plan makes. */
export function changesOf({ created, restored, updated, pushed, orphaned }: Counts): number {
  return created + restored + updated + pushed + orphaned;
}

const PARTS: readonly (readonly [Group, planned: string, done: string])[] = [
  ['created', 'create', 'created'],
  ['restored', 'restore', 'restored'],
  ['updated', 'update', 'updated'],
  ['pushed', 'push to Retell', 'pushed to Retell'],
  ['orphaned', 'orphan', 'orphaned'],
];

/** `A sync would create 1 interviewer and update 2.`; `Sync completed: 1 created, 2 updated, 1 conflict.` */
export function planSentence({ counts, dry_run, partial }: Pick<SyncReport, 'counts' | 'dry_run' | 'partial'>): string {
  const parts = PARTS.filter(([group]) => counts[group] > 0);
  const problems = [
    ...(counts.conflicts > 0 ? [counted(counts.conflicts, 'conflict')] : []),
    ...(counts.errors > 0 ? [counted(counts.errors, 'error')] : []),
  ];
  if (dry_run) {
    const planned = parts.map(([group, verb]) => `${verb} ${counts[group]}`);
    const would = planned.length === 0 ? 'change nothing' : inWords(planned);
    return `A sync would ${would}${problems.length === 0 ? '' : `, with ${inWords(problems)}`}.`;
  }
  const done = parts.map(([group, , participle]) => `${counts[group]} ${participle}`);
  const all = [...done, ...problems];
  return `Sync ${partial ? 'partly done' : 'completed'}: ${all.length === 0 ? 'nothing to change' : all.join(', ')}.`;
}

function inWords(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** Number of entries per reason, the most frequent first. */
export function countReasons(entries: readonly ReportEntry[]): readonly (readonly [reason: string, count: number])[] {
  const groups = Map.groupBy(entries, ({ reason }) => reason);
  return [...groups]
    .map(([reason, { length }]) => [reason, length] as const)
    .toSorted((one, other) => other[1] - one[1]);
}
