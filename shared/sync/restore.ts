/** Restore: brings back rows that a cleanup removed, under their old id. */
import type { RestoreEntry, RestoreReport } from '../api/cleanup.ts';
import { listRestoreCandidates, type RestoreCandidate, restoreRemoved } from '../db/archive.ts';
import type { Query } from '../db/pool.ts';
import { type AppError, apiError } from '../errors.ts';
import type { Services } from '../services.ts';
import { cutList } from '../text.ts';
import { logCleanup } from './publish-result.ts';
import { commitRun, inRun, type RunContext, type RunOptions, recordRun } from './run.ts';

interface RestoreRequest extends Omit<RunOptions, 'kind' | 'dry_run'> {
  readonly agent_ids: readonly string[];
}

/** @throws AppError `nothing_to_restore` when no cleanup removed an interviewer of any of the agents */
export async function restore(services: Services, request: RestoreRequest): Promise<RestoreReport> {
  // Checked before a run is stored: a refusal changes nothing, not even the history.
  await listRestorable(services.database.query, request.agent_ids);
  return inRun(services, { ...request, kind: 'restore', dry_run: false }, async (run) => {
    const agent_ids = [...new Set(request.agent_ids)];
    const entries = await commitRun(run, (query) => restoreAgents(query, run, agent_ids));
    const report = reportOf(run, entries);
    const { run_id, message } = report;
    logCleanup(services, { run_id, message, entries: entries.filter(isFound) });
    return report;
  });
}

function reportOf(run: RunContext, entries: readonly RestoreEntry[]): RestoreReport {
  const restored_agents = cutList(entries);
  return {
    success: true,
    message: messageOf(entries),
    restored_count: countRestored(entries),
    restored_agents,
    run_id: run.id,
    ...(restored_agents.length < entries.length ? { truncated: true } : {}),
  };
}

async function restoreAgents(
  query: Query,
  run: RunContext,
  agent_ids: readonly string[],
): Promise<readonly RestoreEntry[]> {
  const candidates = newestOfEach(await listRestorable(query, agent_ids));
  const free = [...candidates.values()].filter(({ taken }) => !taken);
  const badRows = new Map<string, string>();
  const restored = await restoreRemoved(query, free, ({ agent_id }, reason) => badRows.set(agent_id, reason));
  const entries = agent_ids.map((agent_id) => {
    const candidate = candidates.get(agent_id);
    return candidate === undefined ? notFound(agent_id) : entryOf(candidate, restored, badRows);
  });
  await recordRestore(query, run, entries, candidates);
  return entries;
}

/** @throws AppError `nothing_to_restore` */
async function listRestorable(query: Query, agent_ids: readonly string[]): Promise<readonly RestoreCandidate[]> {
  const candidates = await listRestoreCandidates(query, agent_ids);
  if (candidates.length === 0) throw nothingToRestore([...new Set(agent_ids)]);
  return candidates;
}

function nothingToRestore(agent_ids: readonly string[]): AppError {
  const restored_agents = cutList(agent_ids.map(notFound));
  return apiError('nothing_to_restore', {
    message: `No cleanup removed an interviewer of ${agent_ids.length === 1 ? 'this agent' : 'any of these agents'}.`,
    details: { restored_agents },
  });
}

/** Candidates come newest first; the rows of an agent can have been removed more than once. */
function newestOfEach(candidates: readonly RestoreCandidate[]): ReadonlyMap<string, RestoreCandidate> {
  return new Map(candidates.toReversed().map((candidate) => [candidate.agent_id, candidate]));
}

function notFound(agent_id: string): RestoreEntry {
  return { agent_id, name: agent_id, outcome: 'not_found', reason: 'No cleanup removed an interviewer of this agent' };
}

function entryOf(
  { agent_id, name, interviewer_id, taken }: RestoreCandidate,
  restored: ReadonlySet<string>,
  badRows: ReadonlyMap<string, string>,
): RestoreEntry {
  if (restored.has(agent_id)) {
    const reason = `Restored under its old id ${interviewer_id}, as an orphan; the next sync makes it active if its agent is in Retell`;
    return { agent_id, name, outcome: 'restored', reason };
  }
  const reason = taken
    ? 'Another interviewer has the agent or the id by now'
    : (badRows.get(agent_id) ?? 'The row changed since the restore began');
  return { agent_id, name, outcome: 'kept', reason };
}

function isFound(entry: RestoreEntry): entry is RestoreEntry & { outcome: 'restored' | 'kept' } {
  return entry.outcome !== 'not_found';
}

async function recordRestore(
  query: Query,
  run: RunContext,
  entries: readonly RestoreEntry[],
  candidates: ReadonlyMap<string, RestoreCandidate>,
): Promise<void> {
  const timestamp = run.now().toISOString();
  const log = entries.filter(isFound).map(({ agent_id, name, outcome, reason }) => ({
    agent_id,
    interviewer_id: candidates.get(agent_id)?.interviewer_id ?? '',
    name,
    status: 'synced' as const,
    action: outcome,
    reason,
    timestamp,
  }));
  await recordRun(query, run, {
    status: 'succeeded',
    message: messageOf(entries),
    log,
    counts: { restored: countRestored(entries) },
  });
}

function countRestored(entries: readonly RestoreEntry[]): number {
  return entries.filter(({ outcome }) => outcome === 'restored').length;
}

function messageOf(entries: readonly RestoreEntry[]): string {
  return `Restore completed: ${countRestored(entries)} of ${entries.length} restored`;
}
