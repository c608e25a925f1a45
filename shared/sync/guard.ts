/** The guard blocks orphaning until a person confirms it, and a run that finds another account. */

import type { SyncReport } from '../api/sync.ts';
import { COMMAND_LINE } from '../contract.ts';
import { applyPlan } from '../db/apply-plan.ts';
import { countRecentOrphans, lockOrphaning } from '../db/interviewers.ts';
import type { Query } from '../db/pool.ts';
import type { Interviewer, ListedAgent } from '../domain/agent.ts';
import { type Change, changesOf, type OrphanChange } from '../domain/change.ts';
import {
  accountMismatch,
  accountToken,
  type Confirmation,
  checkOrphanGuard,
  type GuardVerdict,
  rowsToken,
} from '../domain/guard.ts';
import { activeAgents, type BothSides, countListed, linkedRows } from '../domain/observed-state.ts';
import type { Plan } from '../domain/plan-types.ts';
import { AppError, type AppErrorOptions } from '../errors.ts';
import { counted, cutField, cutText } from '../text.ts';

interface GuardErrorOptions extends Omit<AppErrorOptions, 'status'> {
  /** How many changes wait for a confirmation. */
  readonly blocked: number;
  /** What is blocked, for the log: `Cleanup guard: 30 of 100 interviewers blocked`. */
  readonly headline: string;
  /** The command that confirms exactly this. */
  readonly confirm: string;
}

/** A run that waits for a confirmation; it did not fail. */
export class GuardError extends AppError {
  readonly blocked: number;
  readonly headline: string;
  readonly confirm: string;

  constructor({ blocked, headline, confirm, ...options }: GuardErrorOptions) {
    super({ ...options, status: 409 });
    this.blocked = blocked;
    this.headline = headline;
    this.confirm = confirm;
  }
}

/** Confirms exactly these orphans; null: no orphans. */
export function orphansToken(orphans: readonly OrphanChange[]): string | null {
  return orphans.length === 0 ? null : rowsToken(orphans.map(({ row }) => row));
}

interface PlannedOrphans extends BothSides {
  readonly orphans: readonly OrphanChange[];
  readonly confirmation: Confirmation;
}

/** In the transaction of the writes: concurrent webhooks would each undercount and slip past the guard. */
export async function guardVerdict(
  query: Query,
  { orphans, confirmation, observed, rows }: PlannedOrphans,
): Promise<GuardVerdict> {
  const token = orphansToken(orphans);
  if (token === null) return 'pass';
  await lockOrphaning(query);
  const { recent } = await countRecentOrphans(query);
  const mismatch = accountMismatch(observed, rows);
  return checkOrphanGuard({
    orphans: orphans.length,
    recent,
    active_rows: observed.left_out.in_sync + activeAgents(rows).length,
    listed_agents: countListed(observed),
    confirmation,
    accepted: [token, ...(mismatch === null ? [] : [accountToken(mismatch, rows)])],
  });
}

interface AppliedAgentPlan {
  readonly changes: readonly Change[];
  readonly verdict: GuardVerdict;
}

/** Applies a plan in the transaction of `query`: its pushes are no part of it, and its orphans must pass the guard. */
export async function applyAgentPlan(
  query: Query,
  { changes, mergeBases }: Plan,
  confirmation: Confirmation,
): Promise<AppliedAgentPlan> {
  const verdict = await agentGuardVerdict(query, changesOf(changes, 'orphan'), confirmation);
  const allowed = changes.filter(({ action }) => action !== 'push' && (verdict === 'pass' || action !== 'orphan'));
  return { verdict, changes: await applyPlan(query, { mergeBases, changes: allowed }) };
}

/**
 * Agents that are synced one by one, as by webhooks: the orphans of the last hour count too, because the key may belong
 * to another account.
 */
async function agentGuardVerdict(
  query: Query,
  orphans: readonly OrphanChange[],
  confirmation: Confirmation,
): Promise<GuardVerdict> {
  const token = orphansToken(orphans);
  if (token === null) return 'pass';
  await lockOrphaning(query);
  const { recent, active } = await countRecentOrphans(query);
  return checkOrphanGuard({
    orphans: orphans.length,
    recent,
    active_rows: active,
    listed_agents: 1,
    confirmation,
    accepted: [token],
  });
}

/** `npm run cli -- sync --confirm <plan>`: the command that applies exactly what the plan names. */
export function confirmCommand(plan: string, ...command: readonly string[]): string {
  return [COMMAND_LINE, ...command, '--confirm', plan].join(' ');
}

/** How much the orphan guard blocks; `active`: the number of active interviewers, if they are counted. */
export function orphanGuardHeadline(orphans: number, active: number | null): string {
  if (active === null) return `Orphan guard: ${counted(orphans, 'interviewer')} blocked`;
  return `Orphan guard: ${orphans.toLocaleString('en-US')} of ${counted(active, 'active interviewer')} blocked`;
}

/** Orphans that wait for a confirmation. */
export interface BlockedOrphans {
  readonly verdict: Exclude<GuardVerdict, 'pass'>;
  /** Confirms exactly these. */
  readonly plan: string;
  readonly orphans: readonly OrphanChange[];
}

/** Names the agents and how to confirm; everything but the orphaning was applied. */
export function orphanGuardError({ plan, orphans, verdict }: BlockedOrphans, report: SyncReport): GuardError {
  const why =
    verdict === 'blocked' ? 'Too many at once; confirmation required' : 'The plan that you confirmed has changed';
  return new GuardError({
    code: 'orphan_guard',
    headline: orphanGuardHeadline(orphans.length, null),
    confirm: confirmCommand(plan, 'sync'),
    blocked: orphans.length,
    message: `${counted(orphans.length, 'interviewer')} would be orphaned. ${why}; everything else was applied.`,
    hint: `Look at held_back. If the agents are really gone, sync again with {"confirm_orphans": ${JSON.stringify(plan)}}, or true for any that the next sync finds. If not, check RETELL_API_KEY and INTERVIEW_NAME_PATTERNS.`,
    details: { plan, ...blockedField(orphans), run_id: report.run_id, sync_result: report },
  });
}

interface MismatchedAccount {
  /** The agents of active rows, none of which is listed. */
  readonly agent_ids: readonly string[];
  readonly rows: readonly Interviewer[];
  readonly listed: ReadonlyMap<string, ListedAgent>;
}

/** The listing shows none of the agents of active rows; nothing was written. */
export function accountMismatchError({ agent_ids, rows, listed }: MismatchedAccount): GuardError {
  const plan = accountToken(agent_ids, rows);
  const linked = linkedRows(rows);
  const missing = agent_ids.map((agent_id) => ({
    agent_id,
    name: linked.get(agent_id)?.name ?? agent_id,
    reason: 'Not in this account',
  }));
  return new GuardError({
    code: 'account_mismatch',
    headline: `Account guard: sync blocked, because Retell lists none of the agents of ${counted(agent_ids.length, 'active interviewer')}`,
    confirm: confirmCommand(plan, 'sync'),
    message: `Retell lists ${counted(listed.size, 'agent')}, but none of the ${agent_ids.length.toLocaleString('en-US')} that active interviewers have: this looks like another account. Nothing was written.`,
    blocked: agent_ids.length,
    hint: `Check RETELL_API_KEY. If the account was really changed, sync again with {"confirm_orphans": ${JSON.stringify(plan)}}.`,
    details: { plan, ...cutField('held_back', missing), listed: firstNames(listed) },
  });
}

/** Enough for a person to recognize an account. */
const NAMED = 5;

function firstNames(listed: ReadonlyMap<string, ListedAgent>): readonly string[] {
  return [...listed.values()].slice(0, NAMED).map(({ agent_id, agent_name }) => cutText(agent_name ?? agent_id, 300));
}

function blockedField(orphans: readonly OrphanChange[]) {
  const entries = orphans.map(({ agent_id, name, reason }) => ({ agent_id, name, reason }));
  return cutField('held_back', entries);
}
