/**
 * Sync of one agent, by the same code as a webhook. Unlike a webhook it pushes the row's name, can be a dry run, and
 * can be confirmed.
 */
import { listInterviewersOf } from '../db/interviewers.ts';
import { listPendingPushes } from '../db/merge-bases.ts';
import { isObserved } from '../db/observations.ts';
import type { Query } from '../db/pool.ts';
import { type Interviewer, nameOf, type Observation } from '../domain/agent.ts';
import { skipLogOf, storedLogOf } from '../domain/audit-log.ts';
import { type Change, changesOf, type ErrorChange, withoutPushRecords } from '../domain/change.ts';
import type { Confirmation } from '../domain/guard.ts';
import { NOTHING_PENDING } from '../domain/observed-state.ts';
import { type AppliedChanges, countsOf } from '../domain/sync-report.ts';
import type { Services } from '../services.ts';
import { agentNotFound, agentUnreadable } from './agents.ts';
import { reportSync } from './apply-sync.ts';
import { applyAgentPlan, type BlockedOrphans, confirmCommand, orphanGuardHeadline, orphansToken } from './guard.ts';
import { publishBlocked, publishChanges, type SyncResult } from './publish-result.ts';
import { type PushedPlan, planAndPush } from './push-to-retell.ts';
import { readAgent, saveRead } from './read-state.ts';
import { loadPlanInput, reconciliationOf } from './reconcile-agent.ts';
import { commitRun, inRun, type RunContext, type RunOptions, recordRun } from './run.ts';

interface AgentSyncRequest extends Omit<RunOptions, 'kind' | 'session'> {
  readonly agent_id: string;
  readonly confirm_orphans: Confirmation;
}

/** The report is of this agent alone. */
type AgentSyncResult = Pick<SyncResult, 'report' | 'changes' | 'blocked'>;

/** @throws AppError `agent_not_found` when neither side has the agent, `agent_unreadable` when Retell cannot be reached */
export function syncAgent(services: Services, request: AgentSyncRequest): Promise<AgentSyncResult> {
  return inRun(services, { ...request, kind: 'sync_agent' }, async (run) => {
    const decision = await decide(run, request.agent_id);
    const result = await apply(run, decision, request.confirm_orphans);
    if (run.id !== null) await publishAgentSync(run, result);
    return result;
  });
}

async function publishAgentSync(
  { services, id: run_id }: RunContext,
  { changes, blocked }: AgentSyncResult,
): Promise<void> {
  if (blocked === null) return publishChanges(services, run_id, { changes, events: [] });
  const { orphans, plan: token } = blocked;
  // Another agent of the same name may be orphaned with it.
  const agent_ids = orphans.map(({ agent_id }) => agent_id);
  return publishBlocked(services, run_id, {
    changes,
    headline: orphanGuardHeadline(orphans.length, null),
    fields: { agent_ids, confirm: confirmCommand(token, 'sync', '--agent-id', agent_ids[0] ?? '') },
    detail: { orphans: orphans.length, plan: token },
  });
}

interface AgentSyncDecision extends PushedPlan {
  readonly observation: Observation;
  readonly rows: readonly Interviewer[];
}

async function decide(run: RunContext, agent_id: string): Promise<AgentSyncDecision> {
  const { query } = run.services.database;
  const save = (observations: readonly Observation[]) => saveRead(run, observations);
  const read = (id: string) => readOrFail(run, id);
  const observation = await read(agent_id);
  const isUnknown = observation.agent === null && (await listInterviewersOf(query, [agent_id])).length === 0;
  // An id that was never observed is not stored, as it would count as the unknown agent of an event.
  if (!isUnknown || (await isObserved(query, agent_id))) await save([observation]);
  if (isUnknown) throw agentNotFound(agent_id);
  const input = await loadPlanInput(run.services, observation, { read, save });
  const pending = await listPendingPushes(query);
  const decision = await planAndPush(run, input, { listed: input.observed.listed, pending });
  const late = decision.observed.unpushed > 0 ? [unpushed(observation)] : [];
  // A sync of one agent has no continuation: what it could not push is an error.
  const observed = { ...decision.observed, ...NOTHING_PENDING };
  return { ...decision, observed, pushed: [...decision.pushed, ...late], observation, rows: input.rows };
}

function unpushed({ agent_id, agent }: Observation): ErrorChange {
  const reason = 'There was no time left to push its name. Sync it again: that continues where this run stopped.';
  return { action: 'error', agent_id, name: agent === null ? '' : nameOf(agent), reason };
}

async function readOrFail(run: RunContext, agent_id: string): Promise<Observation> {
  const result = await readAgent(run, agent_id);
  if (result.ok) return result.value;
  throw agentUnreadable(agent_id, result.reason);
}

async function apply(
  run: RunContext,
  { plan: planned, observed, pushed, observation, rows }: AgentSyncDecision,
  confirmation: Confirmation,
): Promise<AgentSyncResult> {
  const { agent_id } = observation;
  const orphans = changesOf(planned.changes, 'orphan');
  const token = orphansToken(orphans);
  return commitRun(run, async (query) => {
    const { changes: applied, verdict } =
      run.id === null
        ? { changes: planned.changes.filter(({ action }) => action !== 'push'), verdict: 'pass' as const }
        : await applyAgentPlan(query, planned, confirmation);
    const changes = withoutPushRecords([...pushed, ...applied]);
    const blocked = verdict === 'pass' ? null : { verdict, plan: token ?? '', orphans };
    const message = messageOf(run, changes, observation);
    const result = { changes, unchanged: planned.unchanged };
    await record(query, run, { ...result, message, blocked });
    const current = run.id === null ? rows : await listInterviewersOf(query, [agent_id]);
    const report = reportSync(run, {
      ...result,
      observed,
      rows: current,
      plan: token,
      blocked: blocked !== null,
      health_score: null,
    });
    return { report: { ...report, message }, blocked, changes };
  });
}

/** What happened to the agent, in a sentence. */
function messageOf({ id }: RunContext, changes: readonly Change[], observation: Observation): string {
  const own = changes.filter(({ agent_id, action }) => agent_id === observation.agent_id && action !== 'verify');
  const { message } = reconciliationOf(changes, observation);
  const done = own.length === 0 ? message : own.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
  return id === null ? `Dry run, nothing was written: ${done}` : done;
}

interface AgentSyncRecord extends AppliedChanges {
  readonly message: string;
  readonly blocked: BlockedOrphans | null;
}

async function record(query: Query, run: RunContext, { message, blocked, ...applied }: AgentSyncRecord): Promise<void> {
  await recordRun(query, run, {
    ...(blocked === null
      ? { status: 'succeeded' }
      : { status: 'held', error_code: 'orphan_guard', plan: blocked.plan, blocked: blocked.orphans.length }),
    message,
    log: storedLogOf(applied.changes, run.now()),
    counts: countsOf(applied, NOTHING_PENDING),
    skipped: skipLogOf(applied.changes, run.now()),
  });
}
