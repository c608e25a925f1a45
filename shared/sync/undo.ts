/** Undo of a run: puts back the names and rows that it changed, unless they changed since. */
import type { UndoEntry, UndoReport } from '../api/undo.ts';
import { EVENTS } from '../contract.ts';
import { countFollowing, listMovedNames } from '../db/audit-log.ts';
import { countInterviewers, listInterviewersOf } from '../db/interviewers.ts';
import type { Query } from '../db/pool.ts';
import { findRun, type StoredRun } from '../db/runs.ts';
import { listRemovedBy, listRestoredBy, listUndos, type RestoredRow } from '../db/undos.ts';
import { accountMismatch, massChangeThreshold } from '../domain/guard.ts';
import { linkedRows } from '../domain/observed-state.ts';
import {
  appliedEntries,
  countUndo,
  type MovedName,
  planName,
  planRestore,
  type UndoneRun,
  undoMessage,
  undoneBy,
  undoToken,
} from '../domain/undo.ts';
import { apiError } from '../errors.ts';
import type { Services } from '../services.ts';
import { counted, cutField, cutList } from '../text.ts';
import { decideCleanup, type Evidence, readEvidence } from './apply-cleanup.ts';
import { applyUndo, type NameUndo, nothingToUndo, type RemovalUndo, removalOf, type UndoPlan } from './apply-undo.ts';
import { compareSides } from './compare-sides.ts';
import { confirmCommand, GuardError } from './guard.ts';
import { logCleanup, publishEvents } from './publish-result.ts';
import { mapConcurrently, readAgent, saveRead } from './read-state.ts';
import { inRun, type RunContext, type RunOptions } from './run.ts';
import { runNotFound } from './run-history.ts';

interface UndoRequest extends Omit<RunOptions, 'kind' | 'undoes' | 'session'> {
  /** The run to undo. */
  readonly id: number;
  /** The plan token of what the caller has seen. */
  readonly confirm: string | undefined;
}

/**
 * @throws AppError `run_not_found`, `run_running`, `undo_running`, `already_undone`, `nothing_to_undo`, `undo_guard`,
 * `account_mismatch`
 */
export async function undo(services: Services, request: UndoRequest): Promise<UndoReport> {
  const found = await findUndoable(services.database.query, request.id);
  if (!request.dry_run) await assertMovedSomething(services.database.query, found);
  return inRun(services, { ...request, kind: 'undo', undoes: request.id }, async (run) => {
    // Another undo may have ended before this one began; from here on the database admits no other.
    const undone = run.id === null ? found : await findUndoable(services.database.query, request.id);
    const plan = await planUndo(run, undone);
    const entries = entriesOf(plan);
    const token = undoToken(undone, entries);
    await assertSomethingToUndo(run, plan, entries);
    if (run.id === null) return reportOf(run, plan, entries, token);
    await assertConfirmed(services.database.query, request, entries, token);
    const applied = await applyUndo(run, plan);
    const report = reportOf(run, plan, applied, token);
    logCleanup(services, { run_id: run.id, message: report.message, entries: applied });
    const { run_id, undoes, counts } = report;
    await publishEvents(services, [{ name: EVENTS.runUndone, detail: { run_id, undoes, counts } }]);
    return report;
  });
}

type Undoable = StoredRun & UndoneRun;

async function findUndoable(query: Query, id: number): Promise<Undoable> {
  const run = await findRun(query, id);
  if (run === undefined) throw runNotFound(id);
  if (run.status === 'running') {
    throw apiError('run_running', {
      message: `Run ${id} is not finished, so it cannot be undone yet.`,
    });
  }
  const undos = await listUndos(query);
  const undone_by = undoneBy(id, undos);
  if (undone_by === null) return { ...run, last_undo: undos.findLast(({ undoes }) => undoes === id)?.id ?? null };
  throw apiError('already_undone', {
    message: `Run ${id} was undone by run ${undone_by}.`,
    hint: `To have its changes again, undo run ${undone_by}.`,
    details: { undone_by },
  });
}

/** Checked before the undo is stored as a run: what this run did can never be put back. A dry run shows why. */
async function assertMovedSomething(query: Query, { id }: StoredRun): Promise<void> {
  const moved = [
    ...(await listMovedNames(query, id)),
    ...(await listRemovedBy(query, id)),
    ...(await listRestoredBy(query, id)),
  ];
  if (moved.length > 0) return;
  throw nothingToUndo(id, whyNothing({ not_undoable: await countFollowing(query, id) }, []), []);
}

async function planUndo(run: RunContext, undone: StoredRun): Promise<UndoPlan> {
  const { query } = run.services.database;
  const names = await planNames(run, await listMovedNames(query, undone.id));
  const removed = await listRemovedBy(query, undone.id);
  const isRestore = undone.kind === 'restore' || undone.kind === 'undo';
  const restored = isRestore ? await listRestoredBy(query, undone.id) : [];
  const evidence = await readEvidence(
    run,
    restored.filter(({ unchanged }) => unchanged),
  );
  return {
    undoes: undone.id,
    names,
    restores: removed.map((row) => ({ row, entry: planRestore(row) })),
    removals: await planRemovals(run, restored, evidence),
    evidence,
    not_undoable: await countFollowing(query, undone.id),
  };
}

async function planNames(run: RunContext, moved: readonly MovedName[]): Promise<readonly NameUndo[]> {
  const { database, retell, config } = run.services;
  const ids = moved.map(({ agent_id }) => agent_id);
  const rows = linkedRows(ids.length === 0 ? [] : await listInterviewersOf(database.query, ids));
  const policy = { direction: config.direction, namePatterns: config.rules.namePatterns };
  const planned = await mapConcurrently(moved, retell.concurrency, async (one): Promise<NameUndo> => {
    const row = rows.get(one.agent_id);
    const living = row?.sync_status === 'deleted' ? undefined : row;
    const agent = await readAgent(run, one.agent_id);
    const facts = { row: living, agent: agent.ok ? ({ ok: true, value: agent.value.agent } as const) : agent };
    return { moved: one, row: living, agent, entry: planName(one, facts, policy) };
  });
  await saveRead(
    run,
    planned.flatMap(({ agent }) => (agent.ok ? [agent.value] : [])),
  );
  return planned;
}

const IN_USE = { outcome: 'kept', reason: 'The row is in use again, or changed, since it was restored' } as const;

/** By the rules of a cleanup; a row whose agent is back is left to the next sync. */
async function planRemovals(
  { services }: RunContext,
  restored: readonly RestoredRow[],
  evidence: Evidence,
): Promise<readonly RemovalUndo[]> {
  const candidates = restored.filter(({ unchanged }) => unchanged);
  const decisions = await decideCleanup(services.database.query, services.config.rules, {
    candidates,
    evidence,
  });
  return restored.map((row) => {
    const { id: interviewer_id, agent_id, name } = row;
    const decision = decisions.get(interviewer_id);
    const removal = decision === undefined ? IN_USE : removalOf(decision);
    return { row, entry: { agent_id, interviewer_id, name, ...removal } };
  });
}

function entriesOf({ names, restores, removals }: UndoPlan): readonly UndoEntry[] {
  return [...names, ...restores, ...removals].map(({ entry }) => entry);
}

/** A dry run shows why nothing can be put back; an undo that would do nothing is refused. */
async function assertSomethingToUndo(run: RunContext, plan: UndoPlan, entries: readonly UndoEntry[]): Promise<void> {
  if (appliedEntries(entries).length > 0) return;
  const details = cutField('entries', entries);
  const gone = plan.names.filter(({ agent }) => agent.ok && agent.value.agent === null).length;
  if (gone > 0 && gone === plan.names.length && (await isOtherAccount(run))) {
    throw apiError('account_mismatch', {
      message: `Retell has none of the agents that run ${plan.undoes} changed, nor of any active interviewer: this looks like another account. Nothing was changed.`,
      details,
    });
  }
  if (run.id === null) return;
  throw nothingToUndo(plan.undoes, whyNothing(plan, entries), entries);
}

async function isOtherAccount({ session, services }: RunContext): Promise<boolean> {
  const listing = await session.listAgents();
  const state = await compareSides(services.database.query, services, { listing, stale_before: new Date(0) });
  return accountMismatch(state, state.rows) !== null;
}

function whyNothing({ not_undoable }: Pick<UndoPlan, 'not_undoable'>, entries: readonly UndoEntry[]): string {
  if (entries.length > 0) return `${counted(entries.length, 'change')} of it changed since, or cannot be reached`;
  if (not_undoable > 0)
    return `${counted(not_undoable, 'change')} of it only followed Retell, and the next sync would do the same`;
  return 'it changed nothing';
}

async function assertConfirmed(
  query: Query,
  { id, confirm }: UndoRequest,
  entries: readonly UndoEntry[],
  plan: string,
): Promise<void> {
  if (confirm === plan) return;
  const applied = appliedEntries(entries);
  const isMany = applied.length > massChangeThreshold(await countInterviewers(query));
  if (!isMany && confirm === undefined) return;
  const why = confirm === undefined ? 'Too many at once; confirmation required' : 'This is not what you confirmed';
  throw new GuardError({
    code: 'undo_guard',
    headline: `Undo guard: ${counted(applied.length, 'change')} of run ${id} blocked`,
    confirm: confirmCommand(plan, 'undo', String(id)),
    blocked: applied.length,
    message: `The undo of run ${id} would put back ${counted(applied.length, 'change')}. ${why}. Nothing was changed.`,
    hint: `Look at entries; if all of it is to be put back, repeat with {"confirm": ${JSON.stringify(plan)}}.`,
    details: { plan, ...cutField('entries', entries) },
  });
}

/** `token`: confirms exactly the planned entries. */
function reportOf(
  run: RunContext,
  { undoes, not_undoable }: UndoPlan,
  entries: readonly UndoEntry[],
  token: string,
): UndoReport {
  const counts = { ...countUndo(entries), not_undoable };
  const shown = cutList(entries);
  const dry_run = run.id === null;
  return {
    success: true,
    message: undoMessage(undoes, counts, { dry_run }),
    undoes,
    entries: shown,
    counts,
    dry_run,
    ...(dry_run && appliedEntries(entries).length > 0 ? { plan: token } : {}),
    run_id: run.id,
    ...(shown.length < entries.length ? { truncated: true } : {}),
  };
}
