/** Cleanup: asks Retell after each old orphan, then archives, keeps or restores it. */
import { LIMITS } from '../contract.ts';
import { type CleanupCandidate, listCleanupCandidates } from '../db/archive.ts';
import { insertAuditLog } from '../db/audit-log.ts';
import { countInterviewers } from '../db/interviewers.ts';
import { saveObservations } from '../db/observations.ts';
import type { Query } from '../db/pool.ts';
import { finishRun } from '../db/runs.ts';
import { type CleanupEntry, cleanupEntry } from '../domain/cleanup.ts';
import { counted } from '../domain/counted.ts';
import { cutList } from '../domain/cut-list.ts';
import { massChangeThreshold } from '../domain/guard.ts';
import { AppError } from '../errors.ts';
import type { Services } from '../services.ts';
import { announceCleanup } from './announce-cleanup.ts';
import { CHANGED, type Fates, foreseeCleanup, settleCleanup, type Words } from './apply-cleanup.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { readAgent } from './read-observed-state.ts';
import { commitRun, inRun, type RunningRun, type RunOptions } from './run.ts';

export interface CleanupRequest extends Omit<RunOptions, 'kind'> {
  readonly older_than_days: number;
  /** The number of candidates that the caller has seen and means. */
  readonly confirm: number | undefined;
}

export interface CleanupReport {
  readonly success: true;
  readonly message: string;
  /** Orphans that are orphans no longer, because they were archived or marked as deleted. */
  readonly cleaned_count: number;
  readonly cleaned_agents: readonly CleanupEntry[];
  readonly candidates: number;
  readonly older_than_days: number;
  readonly dry_run: boolean;
  /** null for a dry run, which is stored nowhere. */
  readonly run_id: number | null;
  readonly truncated?: true;
}

/** @throws AppError `cleanup_guard` when there are many candidates and `confirm` is not their number */
export function cleanup(services: Services, request: CleanupRequest): Promise<CleanupReport> {
  return inRun(services, { ...request, kind: 'cleanup' }, async (run) => {
    const { query } = services.database;
    const candidates = await listCleanupCandidates(query, request.older_than_days);
    if (!request.dry_run) guardCleanup(candidates, await countInterviewers(query), request.confirm);
    const words = await askAfter(services, run, candidates);
    const fates = await settle(services, run, request, candidates, words);
    const entries = candidates.map((candidate) => cleanupEntry(candidate, fates.get(candidate.id) ?? CHANGED));
    const report = reportOf(run, request, entries);
    if (run.id !== null) await announceCleanup(services, report, entries);
    return report;
  });
}

function guardCleanup(candidates: readonly CleanupCandidate[], rows: number, confirm: number | undefined): void {
  const count = candidates.length;
  if (count <= massChangeThreshold(rows) || confirm === count) return;
  const seen = confirm === undefined ? '' : `, not the ${confirm} that you confirmed`;
  throw new AppError(
    409,
    'cleanup_guard',
    `${counted(count, 'orphaned interviewer')} would be cleaned up${seen}. That many at once need a person; nothing was changed.`,
    `Look at cleaned_agents, which names them; if all of them may go, repeat with {"confirm": ${count}}.`,
    {
      details: {
        candidates: count,
        cleaned_agents: cutList(candidates.map(namedCandidate), LIMITS.answerListEntries),
      },
    },
  );
}

function namedCandidate(candidate: CleanupCandidate): CleanupEntry {
  const reason = `Orphaned since ${candidate.orphaned_at.toISOString()}`;
  return cleanupEntry(candidate, { outcome: 'kept', reason });
}

async function askAfter(services: Services, run: RunningRun, candidates: readonly CleanupCandidate[]): Promise<Words> {
  const ids = candidates.map(({ agent_id }) => agent_id).filter((agent_id) => agent_id !== null);
  const answers = await mapConcurrently(ids, services.retell.concurrency, async (agent_id) => {
    const answer = await readAgent(run, agent_id);
    if (answer === null) return [agent_id, 'there was no time left'] as const;
    return [agent_id, 'problem' in answer ? answer.problem : answer] as const;
  });
  const observations = answers.map(([, word]) => word).filter((word) => typeof word !== 'string');
  if (run.id !== null && observations.length > 0) await saveObservations(services.database.query, observations);
  return new Map(answers);
}

async function settle(
  services: Services,
  run: RunningRun,
  request: CleanupRequest,
  candidates: readonly CleanupCandidate[],
  words: Words,
): Promise<Fates> {
  const run_id = run.id;
  if (run_id === null) return foreseeCleanup(services.database.query, services.config, candidates, words);
  return commitRun(services, run, async (query) => {
    const fates = await settleCleanup(query, services.config, run_id, candidates, words, request.older_than_days);
    await record(query, run, run_id, candidates, fates);
    return fates;
  });
}

async function record(
  query: Query,
  run: RunningRun,
  run_id: number,
  candidates: readonly CleanupCandidate[],
  fates: Fates,
): Promise<void> {
  const timestamp = run.now().toISOString();
  const entries = candidates.map((candidate) => {
    const { outcome, reason } = fates.get(candidate.id) ?? CHANGED;
    const named = { agent_id: candidate.agent_id ?? 'unknown', interviewer_id: candidate.id, name: candidate.name };
    return { ...named, status: 'synced' as const, action: outcome, reason, timestamp };
  });
  if (entries.length > 0) await insertAuditLog(query, run_id, entries);
  const counts = countOutcomes(entries.map(({ action }) => action));
  await finishRun(query, run_id, {
    status: 'succeeded',
    message: describe(entries.length, counts, false),
    duration_ms: run.duration_ms(),
    retell_calls: run.session.calls(),
    counts,
  });
}

function reportOf(run: RunningRun, request: CleanupRequest, entries: readonly CleanupEntry[]): CleanupReport {
  const counts = countOutcomes(entries.map(({ outcome }) => outcome));
  const shown = cutList(entries, LIMITS.answerListEntries);
  return {
    success: true,
    message: describe(entries.length, counts, request.dry_run),
    cleaned_count: (counts['archived'] ?? 0) + (counts['marked_deleted'] ?? 0),
    cleaned_agents: shown,
    candidates: entries.length,
    older_than_days: request.older_than_days,
    dry_run: request.dry_run,
    run_id: run.id,
    ...(shown.length < entries.length ? { truncated: true } : {}),
  };
}

function countOutcomes(outcomes: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    [...Map.groupBy(outcomes, (outcome) => outcome)].map(([outcome, list]) => [outcome, list.length]),
  );
}

function describe(candidates: number, counts: Readonly<Record<string, number>>, dryRun: boolean): string {
  const parts = Object.entries(counts).map(([outcome, count]) => `${count} ${outcome.replace('_', ' ')}`);
  const what = candidates === 0 ? 'no orphan is old enough' : parts.join(', ');
  return `${dryRun ? 'Dry run, nothing was changed' : 'Cleanup completed'}: ${what}`;
}
