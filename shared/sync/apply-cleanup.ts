/** Reads the agents of a cleanup's candidates, decides about them, and applies the decisions in one transaction. */
import type { CleanupOutcome } from '../api/cleanup.ts';
import { applyPlan } from '../db/apply-plan.ts';
import {
  archiveInterviewers,
  closeArchived,
  listReferences,
  lockCandidates,
  markDeleted,
  type Removal,
} from '../db/archive.ts';
import { writeBisecting } from '../db/bisect-batch.ts';
import { listInterviewersOf } from '../db/interviewers.ts';
import { lockObservations } from '../db/observations.ts';
import type { Query } from '../db/pool.ts';
import type { Observation } from '../domain/agent.ts';
import { changesOf } from '../domain/change.ts';
import { type CleanupCandidate, type CleanupDecision, planCleanup } from '../domain/cleanup.ts';
import type { EligibilityRules } from '../domain/eligibility.ts';
import { plan, planInputOf } from '../domain/plan.ts';
import type { Result } from '../errors.ts';
import { mapConcurrently, readAgent, saveRead } from './read-state.ts';
import type { RecordedRun, RunContext } from './run.ts';

/** By the row's id. */
export type Decisions = ReadonlyMap<string, CleanupDecision>;
/** By the agent's id: what `get-agent` returned, or why it returned nothing. */
export type Evidence = ReadonlyMap<string, Result<Observation>>;

export interface CleanupWork {
  readonly candidates: readonly CleanupCandidate[];
  readonly evidence: Evidence;
}

/** The decision about a candidate that changed after the cleanup listed it. */
export const CHANGED: CleanupDecision = {
  outcome: 'kept',
  reason: 'The row changed since the cleanup began; the next cleanup checks it again',
};

/** One `get-agent` for each candidate. */
export async function readEvidence(
  run: RunContext,
  candidates: readonly Pick<CleanupCandidate, 'agent_id'>[],
): Promise<Evidence> {
  const ids = candidates.map(({ agent_id }) => agent_id).filter((agent_id) => agent_id !== null);
  const results = await mapConcurrently(
    ids,
    run.services.retell.concurrency,
    async (agent_id) => [agent_id, await readAgent(run, agent_id)] as const,
  );
  await saveRead(
    run,
    results.flatMap(([, result]) => (result.ok ? [result.value] : [])),
  );
  return new Map(results);
}

/** Applies a cleanup in the transaction of `query`; returns the decisions that were actually applied. */
export async function applyCleanup(query: Query, run: RecordedRun, work: CleanupWork): Promise<Decisions> {
  const unchanged = new Set(await lockUnchanged(query, work));
  const planned = await decideCleanup(query, run.services.config.rules, work);
  const decisions = new Map([...planned].map(([id, decision]) => [id, unchanged.has(id) ? decision : CHANGED]));
  return applyDecisions(query, run, { ...work, decisions });
}

/** What a cleanup would do; locks and changes nothing. */
export async function decideCleanup(
  query: Query,
  rules: EligibilityRules,
  { candidates, evidence }: CleanupWork,
): Promise<Decisions> {
  if (candidates.length === 0) return new Map();
  const references = await listReferences(
    query,
    candidates.map(({ id }) => id),
  );
  return new Map(
    candidates.map((candidate) => {
      const observation = evidence.get(candidate.agent_id ?? '');
      return [candidate.id, planCleanup(candidate, { observation, referrers: references.get(candidate.id) }, rules)];
    }),
  );
}

/**
 * Observations before rows, in the order in which a sync locks them. A newer, different observation decides instead of
 * ours.
 */
async function lockUnchanged(query: Query, { candidates, evidence }: CleanupWork): Promise<string[]> {
  const overtaken = await lockObservations(query, observationsIn(evidence));
  return lockCandidates(
    query,
    candidates.filter(({ agent_id }) => !overtaken.has(agent_id ?? '')),
  );
}

interface DecidedWork extends CleanupWork {
  readonly decisions: Decisions;
}

async function applyDecisions(query: Query, run: RecordedRun, work: DecidedWork): Promise<Decisions> {
  const { decisions } = work;
  const badRows = new Map<string, CleanupDecision>();
  const onBadRow = ({ id }: { readonly id: string }, reason: string) => badRows.set(id, { outcome: 'kept', reason });
  const remove = async (outcome: CleanupOutcome, statement: typeof archiveInterviewers) => {
    const removals = removalsOf(work, outcome);
    if (removals.length > 0) {
      await closeArchived(
        query,
        removals.map(({ id }) => id),
      );
    }
    return writeBisecting(query, removals, (query, rows) => statement(query, rows, run.id), onBadRow);
  };
  const archived = await remove('archived', archiveInterviewers);
  const deleted = await remove('marked_deleted', markDeleted);
  const restored = await restoreReturned(query, run, { ...work, onBadRow });
  const applied = new Set([...archived, ...deleted, ...restored.keys()]);
  return new Map(
    [...decisions].map(([id, decision]) => [
      id,
      decision.outcome === 'kept' || applied.has(id)
        ? withChanges(decision, restored.get(id))
        : (badRows.get(id) ?? CHANGED),
    ]),
  );
}

function withChanges(decision: CleanupDecision, changes: CleanupDecision['changes']): CleanupDecision {
  return changes === undefined ? decision : { ...decision, changes };
}

function removalsOf({ candidates, decisions }: DecidedWork, outcome: CleanupOutcome): readonly Removal[] {
  return candidates.flatMap(({ id }) => {
    const decision = decisions.get(id);
    return decision?.outcome === outcome ? [{ id, reason: decision.reason }] : [];
  });
}

interface ReturnedWork extends DecidedWork {
  readonly onBadRow: (candidate: CleanupCandidate, reason: string) => void;
}

/** Restores rows whose agent is back, as a sync does; returns the changes, by the row's id. */
async function restoreReturned(
  query: Query,
  { services }: RecordedRun,
  work: ReturnedWork,
): Promise<ReadonlyMap<string, NonNullable<CleanupDecision['changes']>>> {
  const { candidates, decisions, evidence, onBadRow } = work;
  const returned = candidates.filter(({ id }) => decisions.get(id)?.outcome === 'restored');
  if (returned.length === 0) return new Map();
  const byAgent = new Map(returned.map((candidate) => [candidate.agent_id ?? '', candidate]));
  const rows = await listInterviewersOf(query, [...byAgent.keys()]);
  const observations = observationsIn(evidence).filter(({ agent_id }) => byAgent.has(agent_id));
  const applied = await applyPlan(query, plan(planInputOf(observations, rows, services.config)));
  for (const { agent_id, reason } of changesOf(applied, 'error')) {
    const candidate = byAgent.get(agent_id ?? '');
    if (candidate !== undefined) onBadRow(candidate, reason);
  }
  const conflicts = changesOf(applied, 'conflict');
  return new Map(
    changesOf(applied, 'restore').flatMap((change) => {
      const candidate = byAgent.get(change.agent_id);
      const own = conflicts.filter(({ agent_id }) => agent_id === change.agent_id);
      return candidate === undefined ? [] : [[candidate.id, [change, ...own]]];
    }),
  );
}

function observationsIn(evidence: Evidence): readonly Observation[] {
  return [...evidence.values()].flatMap((result) => (result.ok ? [result.value] : []));
}
