/** Checks each change that the service made to the interviewer table, including changes that later ones hide. */
import { isDeepStrictEqual } from 'node:util';
import type { TestSystem } from '../support/system.ts';
import { listRowChanges, type Row, type RowChange } from './row-history.ts';
import type { Recorded } from './run-schedule.ts';

const OWNED = [
  'description',
  'image',
  'audio',
  'empathy',
  'exploration',
  'rapport',
  'speed',
  'created_at',
  'id',
] as const;

/** What was known before a change. */
interface Facts {
  readonly recorded: Recorded;
  /** Whole rows in the archive, restored ones included. */
  readonly archived: readonly Row[];
  /** Removed rows by id. */
  readonly removed: ReadonlyMap<unknown, Row>;
  /** Agents of soft-deleted rows by the row's id. */
  readonly deleted: ReadonlyMap<unknown, unknown>;
}

export async function checkRowHistory({ database }: TestSystem, recorded: Recorded): Promise<readonly string[]> {
  const archived = (
    await database.query<{ interviewer: Row }>('select interviewer from voice_agent_sync.archived_interviewer')
  ).map(({ interviewer }) => interviewer);
  const removed = new Map<unknown, Row>();
  const deleted = new Map<unknown, unknown>();
  const violations: string[] = [];
  for (const change of await listRowChanges(database)) {
    if (change.by_service) violations.push(...checkRowChange(change, { recorded, archived, removed, deleted }));
    const { before, after } = change;
    if (before !== null) deleted.delete(before['id']);
    if (after?.['sync_status'] === 'deleted') deleted.set(after['id'], after['agent_id']);
    if (before !== null && after === null) removed.set(before['id'], before);
  }
  return violations;
}

function checkRowChange(change: RowChange, facts: Facts): readonly string[] {
  const { before, after } = change;
  if (after === null) return before === null ? [] : checkRemoval(before, facts);
  const gotAgent = after['agent_id'] !== before?.['agent_id'];
  const again = gotAgent && [...facts.deleted.values()].includes(after['agent_id']);
  return [
    ...(again ? [`${String(after['agent_id'])}, whose row was deleted, got another one`] : []),
    ...(before === null ? checkInsertion(after, facts) : checkUpdate(change, before, after, facts)),
  ];
}

function checkRemoval(row: Row, { archived, recorded }: Facts): readonly string[] {
  const label = labelOf(row);
  return [
    ...(recorded.cleaned ? [] : [`${label} was removed, although there was no cleanup`]),
    ...(row['sync_status'] === 'orphaned' ? [] : [`${label} was removed, and was no orphan`]),
    ...(archived.some((copy) => isDeepStrictEqual(copy, row))
      ? []
      : [`${label} was removed, and is not in the archive`]),
  ];
}

/** A row with the id of a removed row is a restored row, and must be equal to it. */
function checkInsertion(row: Row, { removed, recorded }: Facts): readonly string[] {
  const old = removed.get(row['id']);
  if (old === undefined) return [];
  const asked = recorded.restored.has(String(row['agent_id']));
  const same = isDeepStrictEqual({ ...row, orphaned_at: null }, { ...old, orphaned_at: null });
  return [
    ...(asked ? [] : [`${labelOf(row)} came back, although it was not to be restored`]),
    ...(same ? [] : [`${labelOf(row)} did not come back as it was`]),
  ];
}

function checkUpdate({ seq }: RowChange, before: Row, after: Row, { recorded }: Facts): readonly string[] {
  const agent_id = String(after['agent_id']);
  const label = labelOf(before);
  const changed = OWNED.filter((field) => before[field] !== after[field]);
  const became = (status: string) => before['sync_status'] !== status && after['sync_status'] === status;
  const resurrected = before['sync_status'] === 'deleted' && after['sync_status'] !== 'deleted';
  const asked = before['orphaned_at'] !== null && became('orphaned') && recorded.restored.has(agent_id);
  const orphaned = before['sync_status'] === 'active' && became('orphaned');
  const discarded = became('deleted') && !(recorded.cleaned && before['sync_status'] === 'orphaned');
  // Of two concurrent requests to Retell, the later one may get the older response.
  const older = isEarlier('retell_modified_at', after, before) && isEarlier('last_synced_at', after, before);
  const moved = before['agent_id'] !== after['agent_id'] && Boolean(before['agent_id']);
  return [
    ...changed.map((field) => `${label}: the platform's ${field} was changed`),
    ...(resurrected && !asked ? [`${label} was deleted, and was restored`] : []),
    ...(orphaned && !wasIneligible(recorded, seq, agent_id)
      ? [`${label} was orphaned while its agent was eligible`]
      : []),
    ...(discarded ? [`${label} was deleted, although it was no orphan of a cleanup`] : []),
    ...(older ? [`${label} went back to an older state of its agent`] : []),
    ...(moved ? [`${label} was linked to ${agent_id}`] : []),
  ];
}

/** Whether the agent was gone or not eligible at some time in the round of the change. */
function wasIneligible({ rounds, last_round }: Recorded, seq: number, agent_id: string): boolean {
  const round = rounds.find(({ last_change }) => seq <= last_change) ?? last_round;
  return round.ineligible.has(agent_id);
}

function isEarlier(column: 'retell_modified_at' | 'last_synced_at', one: Row, other: Row): boolean {
  return Date.parse(String(one[column])) < Date.parse(String(other[column]));
}

function labelOf(row: Row): string {
  return `row ${String(row['id'])} of ${String(row['agent_id'])}`;
}
