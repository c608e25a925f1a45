/**
 * Applies the plan of an undo: first the names of rows, then the pushes to Retell, then everything else with the run's
 * record.
 */
import type { UndoEntry } from '../api/undo.ts';
import { restoreRemoved } from '../db/archive.ts';
import { writeBisecting } from '../db/bisect-batch.ts';
import { type RowRename, renameInterviewers } from '../db/interviewers.ts';
import { saveMergeBases } from '../db/merge-bases.ts';
import type { Database, Query } from '../db/pool.ts';
import type { RemovedCandidate, RestoredRow } from '../db/undos.ts';
import type { Agent, LinkedInterviewer, Observation } from '../domain/agent.ts';
import type { StoredLogEntry } from '../domain/audit-log.ts';
import type { PushChange } from '../domain/change.ts';
import type { CleanupDecision } from '../domain/cleanup.ts';
import type { NameMove } from '../domain/name-move.ts';
import { planInputOf } from '../domain/plan.ts';
import { appliedEntries, countUndo, type MovedName, undoMessage } from '../domain/undo.ts';
import { type AppError, apiError, type Result } from '../errors.ts';
import { cutField } from '../text.ts';
import { applyCleanup, type Decisions, type Evidence } from './apply-cleanup.ts';
import type { PushStep } from './push-agent.ts';
import { pushRenames } from './push-to-retell.ts';
import { commitRun, type RecordedRun, recordRun } from './run.ts';

/** A name that the run changed, with the present names on both sides. */
export interface NameUndo {
  readonly moved: MovedName;
  readonly row: LinkedInterviewer | undefined;
  readonly agent: Result<Observation>;
  readonly entry: UndoEntry;
}

/** A row that the run restored, which is cleaned up again. */
export interface RemovalUndo {
  readonly row: RestoredRow;
  readonly entry: UndoEntry;
}

export interface UndoPlan {
  /** The run to undo. */
  readonly undoes: number;
  readonly names: readonly NameUndo[];
  readonly restores: readonly { readonly row: RemovedCandidate; readonly entry: UndoEntry }[];
  readonly removals: readonly RemovalUndo[];
  readonly evidence: Evidence;
  /** Changes of the run that only followed Retell. */
  readonly not_undoable: number;
}

/** An applied entry, with the names that an undo of the undo puts back. */
interface AppliedEntry {
  readonly entry: UndoEntry;
  readonly names?: NameMove;
}

/**
 * Renames the rows first, in a separate transaction. If a push then fails or the process is killed, the state is the
 * same as after a rename by the platform, which the next sync pushes.
 */
export async function applyUndo(run: RecordedRun, plan: UndoPlan): Promise<readonly UndoEntry[]> {
  const names = await applyNames(run, plan.names);
  return commitRun(run, async (query) => {
    const mergeBases = names.flatMap(({ arrived }) => arrived ?? []);
    if (mergeBases.length > 0) await saveMergeBases(query, mergeBases);
    const restored = await restoreRows(query, plan);
    const removed = await removeRows(query, run, plan);
    const applied: readonly AppliedEntry[] = [...names, ...restored, ...removed];
    const entries = applied.map(({ entry }) => entry);
    assertApplied(plan, entries);
    await record(query, run, plan, applied);
    return entries;
  });
}

/** An undo that put nothing back undoes nothing: the run must not count as undone by it. */
function assertApplied({ undoes }: UndoPlan, entries: readonly UndoEntry[]): void {
  if (appliedEntries(entries).length > 0 || entries.some(({ outcome }) => outcome === 'failed')) return;
  throw nothingToUndo(undoes, 'all of it changed since the undo began', entries);
}

export function nothingToUndo(id: number, why: string, entries: readonly UndoEntry[]): AppError {
  return apiError('nothing_to_undo', {
    message: `Nothing of run ${id} can be put back: ${why}.`,
    details: cutField('entries', entries),
  });
}

/** A name to put back: its row and its agent exist. */
interface NameTarget extends NameUndo {
  readonly row: LinkedInterviewer;
  readonly current: Agent;
}

interface AppliedName extends AppliedEntry {
  /** The merge base, once Retell shows the name. */
  readonly arrived?: { readonly agent_id: string; readonly retell_name: string; readonly database_name: string };
}

async function applyNames(run: RecordedRun, names: readonly NameUndo[]): Promise<readonly AppliedName[]> {
  const targets = names.flatMap((name): NameTarget[] => {
    const { row, agent, entry } = name;
    if (entry.outcome !== 'set_back' || row === undefined || !agent.ok || agent.value.agent === null) return [];
    return [{ ...name, row, current: agent.value.agent }];
  });
  const refused = new Map<string, string>();
  const renamed = await renameRows(run.services.database, targets, refused);
  const written = targets.filter(({ moved }) => renamed.has(moved.agent_id));
  const observations = written.flatMap(({ agent }) => (agent.ok ? [agent.value] : []));
  const input = planInputOf(observations, [], run.services.config);
  const steps = written.length === 0 ? [] : await pushRenames(run, written.map(pushOf), input);
  const stepOf = new Map(steps.map((step, index) => [written[index]?.moved.agent_id, step]));
  return names.map((name) => {
    const target = targets.find(({ moved }) => moved === name.moved);
    if (target === undefined) return { entry: name.entry };
    const { agent_id } = name.moved;
    if (renamed.has(agent_id)) return appliedName(target, stepOf.get(agent_id));
    const reason = refused.get(agent_id) ?? 'The row changed since the undo began';
    return { entry: { ...withoutChanges(name.entry), outcome: 'kept', reason } };
  });
}

async function renameRows(
  database: Pick<Database, 'transaction'>,
  targets: readonly NameTarget[],
  refused: Map<string, string>,
): Promise<ReadonlySet<string>> {
  const renames = targets.map(({ moved, row }): RowRename => {
    const { agent_id, before } = moved;
    return { id: row.id, agent_id, from: row.name, to: before.database_name };
  });
  if (renames.length === 0) return new Set();
  const onBadRow = ({ agent_id }: RowRename, reason: string) => refused.set(agent_id, reason);
  return new Set(await database.transaction((query) => writeBisecting(query, renames, renameInterviewers, onBadRow)));
}

/** `renameAgent` pushes a row's name, and only over the name that the agent is expected to have. */
function pushOf({ moved, row, current, entry }: NameTarget): PushChange {
  const { agent_id, before, after } = moved;
  const name = before.retell_name;
  const agent = { ...current, agent_name: after.retell_name };
  return { action: 'push', agent_id, name, interviewer_id: row.id, reason: entry.reason, row: { ...row, name }, agent };
}

function appliedName({ moved, row, current, entry }: NameTarget, step: PushStep | undefined): AppliedName {
  const { agent_id, before } = moved;
  const names = { before: { retell_name: current.agent_name ?? '', database_name: row.name }, after: before };
  const hasName = step?.observation?.agent?.agent_name === before.retell_name;
  const arrived = hasName ? { arrived: { agent_id, ...before } } : {};
  if (step?.change?.action === 'push' || (step?.change === null && hasName)) {
    const note = step.change === null ? 'Retell has the earlier name already' : step.change.reason;
    return { entry: { ...entry, name: before.database_name, reason: `${entry.reason}; ${note}` }, names, ...arrived };
  }
  const reason = `The interviewer has its earlier name, but the agent does not: ${whyNotPushed(step)}`;
  return { entry: { ...entry, name: before.database_name, outcome: 'failed', reason }, names };
}

function whyNotPushed(step: PushStep | undefined): string {
  if (step === undefined) return 'there was no time left; the next sync pushes it';
  if (step.change?.action === 'error') return `${step.change.reason} The next sync repeats the push`;
  return 'it was renamed in Retell at the same time; the next sync merges both names';
}

function withoutChanges({ changes: _changes, ...entry }: UndoEntry): UndoEntry {
  return entry;
}

async function restoreRows(query: Query, { restores }: UndoPlan): Promise<readonly AppliedEntry[]> {
  const wanted = restores.filter(({ entry }) => entry.outcome === 'restored').map(({ row }) => row);
  const refused = new Map<string, string>();
  const restored = await restoreRemoved(query, wanted, ({ agent_id }, reason) => refused.set(agent_id, reason));
  return restores.map(({ row: { agent_id }, entry }) => {
    if (entry.outcome !== 'restored' || restored.has(agent_id)) return { entry };
    const reason = refused.get(agent_id) ?? 'The row changed since the undo began';
    return { entry: { ...entry, outcome: 'kept', reason } };
  });
}

async function removeRows(query: Query, run: RecordedRun, plan: UndoPlan): Promise<readonly AppliedEntry[]> {
  const wanted = plan.removals.filter(
    ({ entry }) => entry.outcome === 'archived' || entry.outcome === 'marked_deleted',
  );
  const candidates = wanted.map(({ row }) => row);
  const none: Decisions = new Map();
  const work = { candidates, evidence: plan.evidence };
  const decisions = candidates.length === 0 ? none : await applyCleanup(query, run, work);
  return plan.removals.map(({ row, entry }) => {
    const decision = decisions.get(row.id);
    return { entry: decision === undefined ? entry : { ...entry, ...removalOf(decision) } };
  });
}

/** What a cleanup would restore stays, because the next sync restores it. */
export function removalOf({ outcome, reason }: CleanupDecision): Pick<UndoEntry, 'outcome' | 'reason'> {
  return { outcome: outcome === 'restored' ? 'kept' : outcome, reason };
}

async function record(
  query: Query,
  run: RecordedRun,
  { undoes, not_undoable }: UndoPlan,
  applied: readonly AppliedEntry[],
): Promise<void> {
  const timestamp = run.now().toISOString();
  const { failed, ...counts } = countUndo(applied.map(({ entry }) => entry));
  await recordRun(query, run, {
    // A repeated undo puts back what failed.
    status: failed > 0 ? 'partial' : 'succeeded',
    message: undoMessage(undoes, { ...counts, failed, not_undoable }, { dry_run: false }),
    log: applied.map((one) => logEntry(one, timestamp)),
    counts: { ...counts, errors: failed },
  });
}

function logEntry({ entry, names }: AppliedEntry, timestamp: string): StoredLogEntry {
  const { agent_id, interviewer_id, name, outcome, reason, changes } = entry;
  return {
    agent_id,
    ...(interviewer_id === null ? {} : { interviewer_id }),
    name,
    status: outcome === 'failed' ? 'error' : 'synced',
    action: outcome === 'failed' ? 'error' : outcome,
    reason,
    ...(changes === undefined ? {} : { changes }),
    ...(names === undefined ? {} : { names }),
    timestamp,
  };
}
