/** Restore: brings back what a cleanup took out, under its old id. */
import { LIMITS } from '../contract.ts';
import { listRestoreCandidates, type RestoreCandidate, restoreArchived, restoreKept } from '../db/archive.ts';
import { insertAuditLog } from '../db/audit-log.ts';
import { writeBisecting } from '../db/bisect-batch.ts';
import type { Query } from '../db/pool.ts';
import { finishRun } from '../db/runs.ts';
import { cutList } from '../domain/cut-list.ts';
import type { Services } from '../services.ts';
import { logCleanup } from './announce-cleanup.ts';
import { commitRun, inRun, type RunningRun, type RunOptions } from './run.ts';

export interface RestoreEntry {
  readonly agent_id: string;
  readonly name: string;
  /** `restored` rows are orphans again, until a sync finds their agent in Retell. */
  readonly outcome: 'restored' | 'kept' | 'not_found';
  readonly reason: string;
}

export interface RestoreReport {
  readonly success: true;
  readonly message: string;
  readonly restored_count: number;
  readonly restored_agents: readonly RestoreEntry[];
  readonly run_id: number | null;
  readonly truncated?: true;
}

export interface RestoreRequest extends Omit<RunOptions, 'kind' | 'dry_run'> {
  readonly agent_ids: readonly string[];
}

export function restore(services: Services, request: RestoreRequest): Promise<RestoreReport> {
  return inRun(services, { ...request, kind: 'restore', dry_run: false }, async (run) => {
    const agent_ids = [...new Set(request.agent_ids)];
    const entries = await commitRun(services, run, (query) => settle(query, run, agent_ids));
    const report = reportOf(run, entries);
    logCleanup(services, report, entries.filter(isKnown));
    return report;
  });
}

function reportOf(run: RunningRun, entries: readonly RestoreEntry[]): RestoreReport {
  const restored_count = entries.filter(({ outcome }) => outcome === 'restored').length;
  const message = describe(restored_count, entries.length);
  const restored_agents = cutList(entries, LIMITS.answerListEntries);
  const truncated = restored_agents.length < entries.length;
  return {
    success: true,
    message,
    restored_count,
    restored_agents,
    run_id: run.id,
    ...(truncated ? { truncated } : {}),
  };
}

async function settle(query: Query, run: RunningRun, agent_ids: readonly string[]): Promise<readonly RestoreEntry[]> {
  const candidates = newestOfEach(await listRestoreCandidates(query, agent_ids));
  const free = [...candidates.values()].filter(({ taken }) => !taken);
  const refused = new Map<string, string>();
  const refuse = ({ agent_id }: RestoreCandidate, reason: string) => refused.set(agent_id, reason);
  const kept = await writeBisecting(
    query,
    free.filter((row) => row.kept),
    (query, rows) => restoreKept(query, rows.map(archiveId)),
    refuse,
  );
  const archived = await writeBisecting(
    query,
    free.filter((row) => !row.kept),
    (query, rows) => restoreArchived(query, rows.map(archiveId)),
    refuse,
  );
  const restored = new Set([...kept, ...archived]);
  const entries = agent_ids.map((agent_id) => entry(agent_id, candidates.get(agent_id), restored, refused));
  await record(query, run, entries, candidates);
  return entries;
}

function archiveId({ archive_id }: RestoreCandidate): number {
  return archive_id;
}

/** Candidates come newest first; an agent can have been taken out more than once. */
function newestOfEach(candidates: readonly RestoreCandidate[]): ReadonlyMap<string, RestoreCandidate> {
  return new Map(candidates.toReversed().map((candidate) => [candidate.agent_id, candidate]));
}

function entry(
  agent_id: string,
  candidate: RestoreCandidate | undefined,
  restored: ReadonlySet<string>,
  refused: ReadonlyMap<string, string>,
): RestoreEntry {
  if (candidate === undefined) {
    return {
      agent_id,
      name: 'unknown',
      outcome: 'not_found',
      reason: 'No cleanup took an interviewer of this agent out',
    };
  }
  const { name, interviewer_id } = candidate;
  if (restored.has(agent_id)) {
    const reason = `Back under its old id ${interviewer_id}, as an orphan; the next sync makes it active if its agent is in Retell`;
    return { agent_id, name, outcome: 'restored', reason };
  }
  const reason = candidate.taken
    ? 'Another interviewer has the agent, or the id, by now'
    : (refused.get(agent_id) ?? 'The row was changed meanwhile');
  return { agent_id, name, outcome: 'kept', reason };
}

function isKnown(entry: RestoreEntry): entry is RestoreEntry & { outcome: 'restored' | 'kept' } {
  return entry.outcome !== 'not_found';
}

async function record(
  query: Query,
  run: RunningRun,
  entries: readonly RestoreEntry[],
  candidates: ReadonlyMap<string, RestoreCandidate>,
): Promise<void> {
  if (run.id === null) return;
  const timestamp = run.now().toISOString();
  const log = entries.filter(isKnown).map(({ agent_id, name, outcome, reason }) => ({
    agent_id,
    interviewer_id: candidates.get(agent_id)?.interviewer_id ?? '',
    name,
    status: 'synced' as const,
    action: outcome,
    reason,
    timestamp,
  }));
  if (log.length > 0) await insertAuditLog(query, run.id, log);
  const restored = log.filter(({ action }) => action === 'restored').length;
  await finishRun(query, run.id, {
    status: 'succeeded',
    message: describe(restored, entries.length),
    duration_ms: run.duration_ms(),
    retell_calls: 0,
    counts: { restored },
  });
}

function describe(restored: number, asked: number): string {
  return `Restore completed: ${restored} of ${asked} restored`;
}
