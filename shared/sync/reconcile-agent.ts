/** Reconciles one agent, as a sync would: read it from Retell, decide, write. */
import { EVENTS, METRICS } from '../contract.ts';
import { applyPlan } from '../db/apply-plan.ts';
import { insertAuditLog } from '../db/audit-log.ts';
import { countRecentOrphans, listInterviewersWithMergeBases, lockOrphaning } from '../db/interviewers.ts';
import { listUnlinkedNamesakes } from '../db/namesakes.ts';
import { saveObservations } from '../db/observations.ts';
import type { Query } from '../db/pool.ts';
import { databaseClock, finishRun } from '../db/runs.ts';
import type { Interviewer, Observation } from '../domain/agent.ts';
import { auditLogOf } from '../domain/audit-log.ts';
import { countsOf, type Outcome, outcomeOf } from '../domain/change.ts';
import { massChangeThreshold } from '../domain/guard.ts';
import { observedStateOf } from '../domain/observed-state.ts';
import { plan } from '../domain/plan.ts';
import { changesRows, type Plan } from '../domain/plan-types.ts';
import { AppError } from '../errors.ts';
import type { RetellSession } from '../retell/client.ts';
import type { Services } from '../services.ts';
import { announceOutcome } from './announce-outcome.ts';
import { readAgent } from './read-observed-state.ts';
import { commitRun, inRun, type RunningRun } from './run.ts';

export interface Reconciliation {
  readonly action: 'created' | 'updated' | 'restored' | 'orphaned' | 'skipped' | 'unchanged' | 'held_back';
  readonly message: string;
}

/** `seen_version` is what the event named; a version is asked for once, whatever Retell then answers. */
export async function reconcileAgent(
  services: Services,
  agent_id: string,
  seen_version: number | null,
  remainingMs: () => number,
): Promise<Reconciliation> {
  const { query } = services.database;
  // Half of the time stays for Retell, so that a slow database is not reported as a silent Retell.
  const spare = remainingMs() / 2;
  const clock = await databaseClock(services.database.within(() => remainingMs() - spare).query);
  const session = services.retell.session({ deadline: Date.now() + remainingMs() - WRITE_MS });
  const observation = await askRetell(session, clock, agent_id);
  await saveObservations(query, [observation], seen_version);
  const facts = await loadFacts(query, observation, (namesake) => askRetell(session, clock, namesake));
  const decided = decide(services, facts);
  if (!writes(decided)) return reconciliation(outcomeOf(decided, null, [], []), observation);
  return inRun(services, { kind: 'webhook', trigger: 'webhook', dry_run: false, remainingMs, session }, (run) =>
    carryOut(services, run, decided, observation),
  );
}

/** Milliseconds kept for writing what Retell answers at the last moment. */
const WRITE_MS = 1_500;

async function askRetell(session: RetellSession, clock: Date, agent_id: string): Promise<Observation> {
  const answer = await ask(session, clock, agent_id);
  if (typeof answer !== 'string') return answer;
  throw cannotAsk(agent_id, answer);
}

async function ask(session: RetellSession, clock: Date, agent_id: string): Promise<Observation | string> {
  try {
    const answer = await readAgent({ session, now: () => clock }, agent_id);
    if (answer === null) return 'there was no time left';
    return 'problem' in answer ? answer.problem : answer;
  } catch (error) {
    if (error instanceof AppError) throw cannotAsk(agent_id, error.message, error);
    throw error;
  }
}

/** 503, so that Retell delivers the event again. */
function cannotAsk(agent_id: string, reason: string, cause?: unknown): AppError {
  return new AppError(
    503,
    'deliver_again',
    `Retell could not be asked about ${agent_id}: ${reason.replace(/\.$/, '')}.`,
    'Deliver the event again; the next sync finds the change too.',
    { cause },
  );
}

interface Facts {
  readonly observations: readonly Observation[];
  readonly rows: readonly Interviewer[];
  readonly agreed: ReadonlyMap<string, string>;
  readonly underway: ReadonlyMap<string, string>;
}

/**
 * With the agent's namesakes, when it has no row and a row without an agent bears its name: it is linked only if there are
 * none. What is remembered of them is old: they may be gone, and the row must neither wait for them nor get them company.
 */
async function loadFacts(
  query: Query,
  observation: Observation,
  ask: (agent_id: string) => Promise<Observation>,
): Promise<Facts> {
  const { agent_id, agent } = observation;
  const name = agent?.agent_name ?? null;
  const own = await listInterviewersWithMergeBases(query, [agent_id], name);
  const waiting = own.rows.length > 0 && own.rows.every((row) => row.agent_id === null);
  if (name === null || !waiting) return { observations: [observation], ...own };
  const remembered = await listUnlinkedNamesakes(query, name, agent_id);
  const namesakes: Observation[] = [];
  for (const namesake of remembered) namesakes.push(await ask(namesake));
  if (namesakes.length > 0) await saveObservations(query, namesakes);
  const still = namesakes.filter((namesake) => namesake.agent?.agent_name === name);
  return { observations: [observation, ...still], ...own };
}

function decide({ config }: Services, { observations, rows, agreed, underway }: Facts): Plan {
  // Names and new agents go to Retell with the next sync, which sees the whole account.
  const settings = { namePatterns: config.namePatterns, direction: config.direction, createsAgents: false };
  return plan({ observed: observedStateOf(observations), rows, agreed, underway, created: new Map(), settings });
}

/** That a row was looked at is no reason for a run of its own. */
function writes(decided: Plan): boolean {
  return decided.agreements.length > 0 || changesRows({ ...decided, confirms: [] });
}

/** The guard sees orphans one by one here, so it counts those of the last hour: the key may be another account's. */
async function holdsBack(query: Query, { orphans }: Plan): Promise<boolean> {
  if (orphans.length === 0) return false;
  await lockOrphaning(query);
  const { recent, active } = await countRecentOrphans(query);
  return recent + orphans.length > massChangeThreshold(active + recent);
}

const HELD_BACK: Reconciliation = {
  action: 'held_back',
  message: 'Many interviewers were orphaned within the hour: this one waits for the next sync, and its guard',
};

async function carryOut(
  services: Services,
  run: RunningRun,
  decided: Plan,
  observation: Observation,
): Promise<Reconciliation> {
  const run_id = run.id;
  const { outcome, result } = await commitRun(services, run, async (query) => {
    const held = await holdsBack(query, decided);
    const outcome = outcomeOf(decided, await applyPlan(query, decided, !held), [], []);
    const result = held ? HELD_BACK : reconciliation(outcome, observation);
    await record(query, run, outcome, result);
    return { outcome, result };
  });
  if (result !== HELD_BACK) {
    await announceOutcome(services, run_id, outcome);
    return result;
  }
  services.metrics.record({ [METRICS.orphanGuardTripped]: 1 });
  services.log.warn(HELD_BACK.message, { run_id, agent_id: observation.agent_id });
  const detail = { run_id, reason: 'orphan_guard', orphans: decided.orphans.length, agent_id: observation.agent_id };
  await announceOutcome(services, run_id, outcome, [{ name: EVENTS.orphanGuardTripped, detail }]);
  return HELD_BACK;
}

async function record(query: Query, run: RunningRun, outcome: Outcome, result: Reconciliation): Promise<void> {
  if (run.id === null) return;
  const log = auditLogOf(outcome, run.now());
  if (log.length > 0) await insertAuditLog(query, run.id, log);
  await finishRun(query, run.id, {
    ...(result === HELD_BACK ? { status: 'held', error_code: 'orphan_guard' } : { status: 'succeeded' }),
    message: `Webhook: ${result.message}`,
    duration_ms: run.duration_ms(),
    retell_calls: run.session.calls(),
    counts: countsOf(outcome, { pending: new Set() }),
  });
}

function reconciliation(outcome: Outcome, { agent_id, agent }: Observation): Reconciliation {
  // The run may have done something to a namesake as well, which is not what was asked about.
  const own = (list: readonly { agent_id: string; name: string; reason: string }[]) =>
    list.find((happening) => happening.agent_id === agent_id);
  for (const action of ['created', 'updated', 'restored', 'orphaned', 'skipped'] as const) {
    const happening = own(outcome[action]);
    if (happening !== undefined) return { action, message: `${happening.name}: ${happening.reason}` };
  }
  const problem = own(outcome.errors);
  if (problem !== undefined) return { action: 'unchanged', message: `${problem.name}: ${problem.reason}` };
  const message =
    agent === null ? 'Retell has no such agent, and no active interviewer has it' : 'The interviewer is in step';
  return { action: 'unchanged', message };
}
