/** What the service ever did to the platform's table, of which little shows in the end. */
import { isDeepStrictEqual } from 'node:util';
import type { TestSystem } from '../support/system.ts';
import { listSightings, type Row, type Sighting } from './row-history.ts';
import type { Day } from './run-schedule.ts';

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

/** What the service had to go by at a sighting. */
interface Before {
  readonly day: Day;
  /** Whole rows that are, or were, in the archive. */
  readonly archived: readonly Row[];
  /** Rows that were removed so far, by their id. */
  readonly removed: ReadonlyMap<unknown, Row>;
  /** The agents of rows that are deleted, by the row's id. */
  readonly deleted: ReadonlyMap<unknown, unknown>;
}

export async function judgePast({ database }: TestSystem, day: Day): Promise<readonly string[]> {
  const archived = (
    await database.query<{ interviewer: Row }>('select interviewer from voice_agent_sync.archived_interviewer')
  ).map(({ interviewer }) => interviewer);
  const removed = new Map<unknown, Row>();
  const deleted = new Map<unknown, unknown>();
  const violations: string[] = [];
  for (const sighting of await listSightings(database)) {
    if (sighting.by_service) violations.push(...judgeSighting(sighting, { day, archived, removed, deleted }));
    const { before, after } = sighting;
    if (before !== null) deleted.delete(before['id']);
    if (after?.['sync_status'] === 'deleted') deleted.set(after['id'], after['agent_id']);
    if (before !== null && after === null) removed.set(before['id'], before);
  }
  return violations;
}

function judgeSighting(sighting: Sighting, facts: Before): readonly string[] {
  const { before, after } = sighting;
  if (after === null) return before === null ? [] : judgeRemoval(before, facts);
  const gotAgent = after['agent_id'] !== before?.['agent_id'];
  const again = gotAgent && [...facts.deleted.values()].includes(after['agent_id']);
  return [
    ...(again ? [`${String(after['agent_id'])}, whose row was deleted, got another one`] : []),
    ...(before === null ? judgeInsertion(after, facts) : judgeUpdate(sighting, before, after, facts)),
  ];
}

function judgeRemoval(row: Row, { archived, day }: Before): readonly string[] {
  const told = tell(row);
  return [
    ...(day.cleaned ? [] : [`${told} was removed, though nobody asked for a cleanup`]),
    ...(row['sync_status'] === 'orphaned' ? [] : [`${told} was removed, and was no orphan`]),
    ...(archived.some((copy) => isDeepStrictEqual(copy, row))
      ? []
      : [`${told} was removed, and is not in the archive`]),
  ];
}

/** An id that was there before is that of a row that comes back, as it was. */
function judgeInsertion(row: Row, { removed, day }: Before): readonly string[] {
  const old = removed.get(row['id']);
  if (old === undefined) return [];
  const asked = day.restored.has(String(row['agent_id']));
  const same = isDeepStrictEqual({ ...row, orphaned_at: null }, { ...old, orphaned_at: null });
  return [
    ...(asked ? [] : [`${tell(row)} came back, though nobody asked for it`]),
    ...(same ? [] : [`${tell(row)} did not come back as it was`]),
  ];
}

function judgeUpdate({ seq }: Sighting, before: Row, after: Row, { day }: Before): readonly string[] {
  const agent_id = String(after['agent_id']);
  const told = tell(before);
  const changed = OWNED.filter((field) => before[field] !== after[field]);
  const became = (status: string) => before['sync_status'] !== status && after['sync_status'] === status;
  const resurrected = before['sync_status'] === 'deleted' && after['sync_status'] !== 'deleted';
  const asked = before['orphaned_at'] !== null && became('orphaned') && day.restored.has(agent_id);
  const orphaned = before['sync_status'] === 'active' && became('orphaned');
  const discarded = became('deleted') && !(day.cleaned && before['sync_status'] === 'orphaned');
  // Of two questions that are under way at once the later may be answered first: that one's word is then the older.
  const older = isEarlier('retell_modified_at', after, before) && isEarlier('last_synced_at', after, before);
  const moved = before['agent_id'] !== after['agent_id'] && Boolean(before['agent_id']);
  return [
    ...changed.map((field) => `${told}: the platform's ${field} was changed`),
    ...(resurrected && !asked ? [`${told} was deleted, and was brought back`] : []),
    ...(orphaned && !isDoubtful(day, seq, agent_id) ? [`${told} was orphaned while its agent was eligible`] : []),
    ...(discarded ? [`${told} was deleted, and no cleanup found it an orphan`] : []),
    ...(older ? [`${told} went back to an older state of its agent`] : []),
    ...(moved ? [`${told} was given to ${agent_id}`] : []),
  ];
}

/** Whether the agent was gone or not eligible at some time of that moment: what was so before is no evidence. */
function isDoubtful({ moments, night }: Day, seq: number, agent_id: string): boolean {
  const moment = moments.find(({ witnessed }) => seq <= witnessed) ?? night;
  return moment.doubtful.has(agent_id);
}

function isEarlier(column: 'retell_modified_at' | 'last_synced_at', one: Row, other: Row): boolean {
  return Date.parse(String(one[column])) < Date.parse(String(other[column]));
}

function tell(row: Row): string {
  return `row ${String(row['id'])} of ${String(row['agent_id'])}`;
}
