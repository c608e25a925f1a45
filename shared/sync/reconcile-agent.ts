/**
 * Reconciles one agent as a sync would: reads it from Retell, plans, applies. For a webhook; `syncAgent` does it for a
 * person.
 */
import type { WebhookResponse } from '../api/webhook.ts';
import { COMMAND_LINE } from '../contract.ts';
import { listInterviewersOf } from '../db/interviewers.ts';
import { listUnlinkedNamesakes, pruneUnknownAgents, saveObservations } from '../db/observations.ts';
import type { Query } from '../db/pool.ts';
import { databaseClock } from '../db/runs.ts';
import type { Observation } from '../domain/agent.ts';
import { storedLogOf } from '../domain/audit-log.ts';
import { type Change, changesOf, isWrite, type LoggedAction, loggedAction } from '../domain/change.ts';
import { NOTHING_PENDING } from '../domain/observed-state.ts';
import { plan, planInputOf } from '../domain/plan.ts';
import type { Plan, PlanInput } from '../domain/plan-types.ts';
import { type AppliedChanges, countsOf } from '../domain/sync-report.ts';
import { AppError, apiError } from '../errors.ts';
import type { Services } from '../services.ts';
import { withoutFullStop } from '../text.ts';
import { applyAgentPlan } from './guard.ts';
import { publishBlocked, publishChanges } from './publish-result.ts';
import { readAgent } from './read-state.ts';
import { commitRun, inRun, type RunContext, recordRun } from './run.ts';

interface Reconciliation extends Pick<WebhookResponse, 'message'> {
  readonly action: Exclude<WebhookResponse['action'], 'ignored'>;
}

interface ReconcileRequest {
  readonly agent_id: string;
  /** The version that a webhook's event named: it is read once, whatever Retell returns. */
  readonly seen_version: number | null;
  readonly remainingMs: () => number;
}

/** Milliseconds reserved for writing what Retell returns at the last moment. */
const WRITE_MS = 1_500;

/** @throws AppError `deliver_again` when Retell cannot be reached */
export async function reconcileAgent(services: Services, request: ReconcileRequest): Promise<Reconciliation> {
  const { agent_id, seen_version, remainingMs } = request;
  const { query } = services.database;
  // Half of the time is reserved for Retell, so that a slow database is not reported as a timeout of Retell.
  const spare = remainingMs() / 2;
  const clock = await databaseClock(services.database.within(() => remainingMs() - spare).query);
  const session = services.retell.session({ deadline: Date.now() + remainingMs() - WRITE_MS });
  const read = (id: string) => readOrDeliverAgain({ session, now: () => clock }, id);
  const observation = await read(agent_id);
  const { rules } = services.config;
  await saveObservations(query, [observation], { rules, seen_version });
  const save = (namesakes: readonly Observation[]) => saveObservations(query, namesakes, { rules });
  // Names and new agents are pushed by the next sync, which sees the whole account.
  const input = await loadPlanInput(services, observation, { read, save });
  if (observation.agent === null && input.rows.length === 0) await pruneUnknownAgents(query);
  const planned = plan(input);
  if (!hasWrites(planned)) return reconciliationOf(planned.changes, observation);
  const options = { kind: 'webhook', trigger: 'webhook', dry_run: false, remainingMs, session } as const;
  return inRun(services, options, (run) => applyPlanned(run, planned, observation));
}

async function readOrDeliverAgain(reader: Pick<RunContext, 'session' | 'now'>, agent_id: string): Promise<Observation> {
  try {
    const result = await readAgent(reader, agent_id);
    if (result.ok) return result.value;
    throw deliverAgain(agent_id, result.reason);
  } catch (error) {
    if (error instanceof AppError && error.code !== 'deliver_again') throw deliverAgain(agent_id, error.message, error);
    throw error;
  }
}

/** 503, so that Retell delivers the event again. */
function deliverAgain(agent_id: string, reason: string, cause?: unknown): AppError {
  return apiError('deliver_again', {
    message: `Agent ${agent_id} could not be read from Retell: ${withoutFullStop(reason)}.`,
    cause,
  });
}

interface NamesakeReader {
  readonly read: (agent_id: string) => Promise<Observation>;
  readonly save: (observations: readonly Observation[]) => Promise<void>;
}

/**
 * The agent with its rows. If it has none and a row without an agent has its name, the other agents of that name are read
 * too, because their stored observations may be old: the row is linked only if no other agent has the name.
 */
export async function loadPlanInput(
  { config, database: { query } }: Services,
  observation: Observation,
  { read, save }: NamesakeReader,
): Promise<PlanInput> {
  const { agent_id, agent } = observation;
  const name = agent?.agent_name ?? null;
  const rows = await listInterviewersOf(query, [agent_id], name);
  const waiting = rows.length > 0 && rows.every((row) => row.agent_id === null);
  if (name === null || !waiting) return planInputOf([observation], rows, config);
  const namesakes: Observation[] = [];
  for (const other of await listUnlinkedNamesakes(query, name, agent_id)) namesakes.push(await read(other));
  if (namesakes.length > 0) await save(namesakes);
  const sameName = namesakes.filter(({ agent: other }) => other?.agent_name === name);
  return planInputOf([observation, ...sameName], rows, config);
}

/** A row that was only verified does not justify a run. */
function hasWrites({ mergeBases, changes }: Plan): boolean {
  return mergeBases.length > 0 || changes.some((change) => isWrite(change) && change.action !== 'verify');
}

const BLOCKED: Reconciliation = {
  action: 'held_back',
  message: 'Too many interviewers were orphaned within the hour: this one waits for the next sync and its guard',
};

async function applyPlanned(run: RunContext, planned: Plan, observation: Observation): Promise<Reconciliation> {
  const { services, id: run_id } = run;
  const orphans = changesOf(planned.changes, 'orphan').length;
  const { changes, result } = await commitRun(run, async (query) => {
    const { changes, verdict } = await applyAgentPlan(query, planned, false);
    const result = verdict === 'pass' ? reconciliationOf(changes, observation) : BLOCKED;
    await recordReconciliation(query, run, { changes, unchanged: planned.unchanged, result, orphans });
    return { changes, result };
  });
  if (result !== BLOCKED) {
    await publishChanges(services, run_id, { changes, events: [] });
    return result;
  }
  const { agent_id } = observation;
  await publishBlocked(services, run_id, {
    changes,
    headline: `Orphan guard: the interviewer of ${agent_id} blocked, as too many were orphaned within the hour`,
    fields: { agent_id, next: `${COMMAND_LINE} sync` },
    detail: { orphans, agent_id },
  });
  return BLOCKED;
}

interface Reconciled extends AppliedChanges {
  readonly result: Reconciliation;
  /** How many interviewers the plan orphans. */
  readonly orphans: number;
}

async function recordReconciliation(
  query: Query,
  run: RunContext,
  { result, orphans, ...applied }: Reconciled,
): Promise<void> {
  await recordRun(query, run, {
    ...(result === BLOCKED
      ? { status: 'held', error_code: 'orphan_guard', blocked: orphans }
      : { status: 'succeeded' }),
    message: `Webhook: ${result.message}`,
    log: storedLogOf(applied.changes, run.now()),
    counts: countsOf(applied, NOTHING_PENDING),
  });
}

/** The changes that an event's response names. */
const REPORTED: Readonly<Partial<Record<LoggedAction, Reconciliation['action']>>> = {
  created: 'created',
  updated: 'updated',
  restored: 'restored',
  orphaned: 'orphaned',
  skipped: 'skipped',
  error: 'unchanged',
};

/** The run may also have changed another agent of the same name, which the event is not about. */
export function reconciliationOf(changes: readonly Change[], { agent_id, agent }: Observation): Reconciliation {
  for (const change of changes.filter((change) => change.agent_id === agent_id)) {
    const action = REPORTED[loggedAction(change) ?? 'pushed'];
    if (action !== undefined) return { action, message: `${change.name}: ${change.reason}` };
  }
  const message =
    agent === null ? 'Retell has no such agent, and no active interviewer has it' : 'The interviewer is in sync';
  return { action: 'unchanged', message };
}
