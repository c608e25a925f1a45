/** Cleanup: reads the agent of each old orphan from Retell, then archives, keeps or restores the orphan. */
import type { CleanupEntry, CleanupOutcome, CleanupReport } from '../api/cleanup.ts';
import { listCleanupCandidates } from '../db/archive.ts';
import { findBlockedCleanup } from '../db/confirmations.ts';
import { countInterviewers } from '../db/interviewers.ts';
import type { Query } from '../db/pool.ts';
import { storedLogOf } from '../domain/audit-log.ts';
import { changesOf } from '../domain/change.ts';
import { type CleanupCandidate, type CleanupDecision, cleanupEntry } from '../domain/cleanup.ts';
import { massChangeThreshold, planToken } from '../domain/guard.ts';
import type { Services } from '../services.ts';
import { counted, cutField, cutList } from '../text.ts';
import {
  applyCleanup,
  CHANGED,
  type CleanupWork,
  type Decisions,
  decideCleanup,
  readEvidence,
} from './apply-cleanup.ts';
import { confirmCommand, GuardError } from './guard.ts';
import { publishCleanup } from './publish-result.ts';
import { commitRun, inRun, type RunContext, type RunOptions, recordRun } from './run.ts';

interface CleanupRequest extends Omit<RunOptions, 'kind'> {
  readonly older_than_days: number;
  /** The plan token of the candidates that the caller has seen, or their number. */
  readonly confirm: number | string | undefined;
}

/** @throws AppError `cleanup_guard` when there are many candidates and `confirm` is for others */
export function cleanup(services: Services, request: CleanupRequest): Promise<CleanupReport> {
  return inRun(services, { ...request, kind: 'cleanup' }, async (run) => {
    const { query } = services.database;
    const candidates = await listCleanupCandidates(query, request.older_than_days);
    if (!request.dry_run) await assertConfirmed(query, candidates, request);
    const evidence = await readEvidence(run, candidates);
    const decisions = await applyOrDecide(run, { candidates, evidence });
    const entries = candidates.map((candidate) => cleanupEntry(candidate, decisions.get(candidate.id) ?? CHANGED));
    const report = reportOf(run, request, entries, tokenOf(candidates, request));
    if (run.id !== null) await publishCleanup(services, report, entries);
    return report;
  });
}

async function assertConfirmed(
  query: Query,
  candidates: readonly CleanupCandidate[],
  request: CleanupRequest,
): Promise<void> {
  const { confirm } = request;
  const count = candidates.length;
  // A request that is sent again finds its work done: there is nothing that could be confirmed.
  if (count === 0) return;
  const plan = tokenOf(candidates, request);
  if (confirm === plan) return;
  const all = await countInterviewers(query);
  const isMany = count > massChangeThreshold(all);
  if (!isMany && (confirm === undefined || confirm === count)) return;
  // A number says how many were shown, but not which: they must be those that the last 409 listed.
  if (confirm === count && (await findBlockedCleanup(query)) === plan) return;
  const seen = confirm === undefined ? '' : ', and they are not those that you confirmed';
  const many = isMany ? ' Too many at once; confirmation required.' : '';
  throw new GuardError({
    code: 'cleanup_guard',
    headline: `Cleanup guard: ${count.toLocaleString('en-US')} of ${counted(all, 'interviewer')} blocked`,
    confirm: confirmCommand(plan, 'cleanup', '--older-than-days', String(request.older_than_days)),
    blocked: count,
    message: `${counted(count, 'orphaned interviewer')} would be cleaned up${seen}.${many} Nothing was changed.`,
    hint: `Look at cleaned_agents, which names them; if all of them may go, repeat with {"confirm": ${JSON.stringify(plan)}}.`,
    details: {
      candidates: count,
      plan,
      ...cutField('cleaned_agents', candidates.map(candidateEntry)),
    },
  });
}

/** A token for exactly these rows with these agents, orphans since these times, and for a cleanup with this age. */
function tokenOf(candidates: readonly CleanupCandidate[], { older_than_days }: CleanupRequest): string {
  const rows = candidates.map(({ id, agent_id, orphaned_at }) => JSON.stringify([id, agent_id, orphaned_at]));
  return planToken([`older than ${older_than_days} days`, ...rows]);
}

function candidateEntry(candidate: CleanupCandidate): CleanupEntry {
  const reason = `Orphaned since ${candidate.orphaned_at.toISOString()}`;
  return cleanupEntry(candidate, { outcome: 'kept', reason });
}

/** A dry run decides without a lock or a write. */
async function applyOrDecide(run: RunContext, work: CleanupWork): Promise<Decisions> {
  if (run.id === null) return decideCleanup(run.services.database.query, run.services.config.rules, work);
  return commitRun(run, async (query) => {
    const decisions = await applyCleanup(query, run, work);
    await recordCleanup(
      query,
      run,
      new Map(work.candidates.map((candidate) => [candidate, decisions.get(candidate.id) ?? CHANGED])),
    );
    return decisions;
  });
}

async function recordCleanup(
  query: Query,
  run: RunContext,
  decisions: ReadonlyMap<CleanupCandidate, CleanupDecision>,
): Promise<void> {
  const timestamp = run.now().toISOString();
  const entries = [...decisions].map(([{ id, agent_id, name }, { outcome, reason, changes = [] }]) => {
    const named = { agent_id, interviewer_id: id, name };
    const [restored] = storedLogOf(changes, run.now());
    return { ...restored, ...named, status: 'synced' as const, action: outcome, reason, timestamp };
  });
  const conflicts = [...decisions.values()].flatMap(({ changes = [] }) => changesOf(changes, 'conflict'));
  const counts = countOutcomes(entries.map(({ action }) => action));
  await recordRun(query, run, {
    status: 'succeeded',
    message: messageOf(entries.length, counts, { dry_run: false }),
    log: [...entries, ...storedLogOf(conflicts, run.now())],
    counts: Object.fromEntries(counts),
  });
}

function reportOf(
  run: RunContext,
  request: CleanupRequest,
  entries: readonly CleanupEntry[],
  plan: string,
): CleanupReport {
  const { dry_run, older_than_days } = request;
  const counts = countOutcomes(entries.map(({ outcome }) => outcome));
  const shown = cutList(entries);
  return {
    success: true,
    message: messageOf(entries.length, counts, { dry_run }),
    cleaned_count: (counts.get('archived') ?? 0) + (counts.get('marked_deleted') ?? 0),
    cleaned_agents: shown,
    candidates: entries.length,
    older_than_days,
    dry_run,
    ...(dry_run && entries.length > 0 ? { plan } : {}),
    run_id: run.id,
    ...(shown.length < entries.length ? { truncated: true } : {}),
  };
}

type OutcomeCounts = ReadonlyMap<CleanupOutcome, number>;

function countOutcomes(outcomes: readonly CleanupOutcome[]): OutcomeCounts {
  return new Map([...Map.groupBy(outcomes, (outcome) => outcome)].map(([outcome, list]) => [outcome, list.length]));
}

const PLANNED: Readonly<Record<CleanupOutcome, string>> = {
  archived: 'to archive',
  marked_deleted: 'to mark deleted',
  restored: 'to restore',
  kept: 'to keep',
};

function messageOf(candidates: number, counts: OutcomeCounts, { dry_run }: { readonly dry_run: boolean }): string {
  const title = dry_run ? 'Dry run, nothing was changed' : 'Cleanup completed';
  const parts = [...counts].map(([outcome, count]) => {
    const words = dry_run ? PLANNED[outcome] : outcome.replace('_', ' ');
    return `${count.toLocaleString('en-US')} ${words}`;
  });
  return `${title}: ${candidates === 0 ? 'no orphan is old enough' : parts.join(', ')}`;
}
