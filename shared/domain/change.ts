/**
 * One change that a run makes or would make to one agent or its row. A plan is a list of changes; what was applied is the
 * same list, filtered. The lists of a report group it, the counts count it, and the audit log is the list itself.
 */
import type { FieldChange } from '../api/sync.ts';
import type { Agent, AgentObservation, Interviewer, LinkedInterviewer, Observation } from './agent.ts';

/** What every change shows to people. */
interface ChangeEntry {
  /** null: no agent is known. */
  readonly agent_id: string | null;
  readonly interviewer_id?: string;
  readonly name: string;
  readonly voice_id?: string;
  readonly reason: string;
}

interface AgentEntry extends ChangeEntry {
  readonly agent_id: string;
}

export interface CreateChange extends AgentEntry {
  readonly action: 'create';
  readonly observation: AgentObservation;
}

/** A row without an agent gets one. */
export interface LinkChange extends AgentEntry {
  readonly action: 'link';
  readonly row: Interviewer;
  readonly observation: AgentObservation;
}

/** Makes a row equal to its agent; `name` is the row's name afterwards. */
interface RowChangeOf<Kind extends string> extends AgentEntry {
  readonly action: Kind;
  readonly row: LinkedInterviewer;
  readonly observation: AgentObservation;
  readonly changes: readonly FieldChange[];
}

type UpdateChange = RowChangeOf<'update'>;
export type RestoreChange = RowChangeOf<'restore'>;
/** The row is in sync: only `last_synced_at` changes. */
type VerifyChange = RowChangeOf<'verify'>;
export type RowChange = UpdateChange | RestoreChange | VerifyChange;

export interface OrphanChange extends AgentEntry {
  readonly action: 'orphan';
  readonly row: LinkedInterviewer;
  readonly observation: Observation;
}

/** Sends the row's name to Retell. */
export interface PushChange extends AgentEntry {
  readonly action: 'push';
  readonly row: LinkedInterviewer;
  readonly agent: Agent;
}

/** Creates an agent in Retell for a row without one. */
export interface CreateAgentChange extends ChangeEntry {
  readonly action: 'create_agent';
  readonly row: Interviewer;
}

export interface ConflictChange extends AgentEntry {
  readonly action: 'conflict';
  readonly retell_name: string;
  readonly database_name: string;
}

export interface SkipChange extends AgentEntry {
  readonly action: 'skip';
  readonly missing_fields: readonly string[];
}

export interface ErrorChange extends ChangeEntry {
  readonly action: 'error';
}

/** A change that writes a row and rests on an observation. */
export type WriteChange = CreateChange | LinkChange | RowChange | OrphanChange;

export type Change = WriteChange | PushChange | CreateAgentChange | ConflictChange | SkipChange | ErrorChange;

export type Action = Change['action'];

/** The actions in the order in which people read them, each with its list in a report and its word in the audit log. */
const ACTIONS = {
  create: { list: 'created', logged: 'created' },
  link: { list: 'updated', logged: 'updated' },
  update: { list: 'updated', logged: 'updated' },
  restore: { list: 'restored', logged: 'restored' },
  orphan: { list: 'orphaned', logged: 'orphaned' },
  push: { list: 'pushed', logged: 'pushed' },
  create_agent: { list: 'pushed', logged: 'pushed' },
  conflict: { list: 'conflicts', logged: 'conflict' },
  skip: { list: 'skipped', logged: 'skipped' },
  error: { list: 'errors', logged: 'error' },
  verify: { list: null, logged: null },
} as const satisfies Record<Action, { readonly list: string | null; readonly logged: string | null }>;

export type ChangeList = NonNullable<(typeof ACTIONS)[Action]['list']>;
export type LoggedAction = NonNullable<(typeof ACTIONS)[Action]['logged']>;

/** How many changes each list of a report has. */
type ChangeCounts = Readonly<Record<ChangeList, number>>;

const RANKS = new Map(Object.keys(ACTIONS).map((action, rank) => [action, rank]));
const WRITES: ReadonlySet<Action> = new Set(['create', 'link', 'update', 'restore', 'orphan', 'verify']);

/** The changes by action, and in their given order within one. */
export function inReadingOrder(changes: readonly Change[]): readonly Change[] {
  const rank = ({ action }: Change) => RANKS.get(action) ?? 0;
  return changes.toSorted((one, other) => rank(one) - rank(other));
}

export function changesOf<Wanted extends Action>(
  changes: readonly Change[],
  ...actions: readonly Wanted[]
): readonly Extract<Change, { readonly action: Wanted }>[] {
  const wanted = new Set<Action>(actions);
  return changes.filter((change): change is Extract<Change, { readonly action: Wanted }> => wanted.has(change.action));
}

/** The changes of one list of a report. */
export function changesIn(changes: readonly Change[], list: ChangeList): readonly Change[] {
  return changes.filter(({ action }) => ACTIONS[action].list === list);
}

export function isWrite(change: Change): change is WriteChange {
  return WRITES.has(change.action);
}

/** null: not logged, because nothing changed. */
export function loggedAction({ action }: Change): LoggedAction | null {
  return ACTIONS[action].logged;
}

export function countChanges(changes: readonly Change[]): ChangeCounts {
  const count = (list: ChangeList) => changesIn(changes, list).length;
  return {
    created: count('created'),
    updated: count('updated'),
    restored: count('restored'),
    orphaned: count('orphaned'),
    pushed: count('pushed'),
    conflicts: count('conflicts'),
    skipped: count('skipped'),
    errors: count('errors'),
  };
}

/** The values that a change replaces; empty for other changes. */
export function fieldChangesOf(change: Change): readonly FieldChange[] {
  if (change.action === 'update' || change.action === 'restore') return change.changes;
  if (change.action === 'push') {
    return [{ field: 'retell_name', from: change.agent.agent_name, to: change.row.name }];
  }
  if (change.action !== 'conflict') return [];
  return [{ field: 'name', from: change.database_name, to: change.retell_name }];
}

/** Columns that change with every change in Retell, and so with a push. */
const PUSH_FIELDS: ReadonlySet<string> = new Set(['agent_version', 'retell_modified_at']);

/**
 * Leaves out the updates that only record what a push of the same run did in Retell: the push is one change, as
 * planned.
 */
export function withoutPushRecords(changes: readonly Change[]): readonly Change[] {
  const pushed = new Set(changesOf(changes, 'push').map(({ agent_id }) => agent_id));
  return changes.filter(
    (change) =>
      change.action !== 'update' ||
      !pushed.has(change.agent_id) ||
      change.changes.some(({ field }) => !PUSH_FIELDS.has(field)),
  );
}

/** The part of a change that events, logs and reports show. */
export function entryOf({ agent_id, interviewer_id, name, voice_id, reason }: ChangeEntry): ChangeEntry {
  return {
    agent_id,
    ...(interviewer_id === undefined ? {} : { interviewer_id }),
    name,
    ...(voice_id === undefined ? {} : { voice_id }),
    reason,
  };
}

/** The optional fields of an entry, left out if there is nothing to show. */
export function entryFields(
  row: Pick<Interviewer, 'id'> | null,
  voice_id: string | null,
): Pick<ChangeEntry, 'interviewer_id' | 'voice_id'> {
  return { ...(row === null ? {} : { interviewer_id: row.id }), ...(voice_id === null ? {} : { voice_id }) };
}
