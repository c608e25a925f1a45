/** What a person must decide: orphans that the guard holds back, and an account that is not the one we know. */
import { LIMITS } from '../contract.ts';
import type { Interviewer } from '../domain/agent.ts';
import { counted } from '../domain/counted.ts';
import { cutList } from '../domain/cut-list.ts';
import { planToken, type Verdict } from '../domain/guard.ts';
import { linkedRows } from '../domain/observed-state.ts';
import type { PlannedOrphan } from '../domain/plan-types.ts';
import type { ReportEntry, SyncReport } from '../domain/sync-report.ts';
import { AppError } from '../errors.ts';

export interface HeldBack {
  readonly verdict: Exclude<Verdict, 'pass'>;
  /** Confirms just these. */
  readonly plan: string;
  readonly orphans: readonly PlannedOrphan[];
}

/** The 409 that names the agents and how to confirm; everything but the orphaning was carried out. */
export function orphanGuardError(heldBack: HeldBack, report: SyncReport): AppError {
  const { plan, orphans, verdict } = heldBack;
  const count = orphans.length;
  const why =
    verdict === 'held' ? 'That many at once need a person' : 'The plan that you confirmed is no longer this one';
  return new AppError(
    409,
    'orphan_guard',
    `${counted(count, 'interviewer')} would be orphaned. ${why}; everything else was carried out.`,
    `Look at held_back. If they are really gone, sync again with {"confirm_orphans": ${JSON.stringify(plan)}}, or true for whatever is found then. If not, check RETELL_API_KEY and INTERVIEW_NAME_PATTERNS.`,
    { details: { plan, held_back: entries(orphans), run_id: report.run_id, sync_result: report } },
  );
}

/** The 409 of a listing that shows none of the agents we know; nothing was written. */
export function accountMismatchError(
  agent_ids: readonly string[],
  rows: readonly Interviewer[],
  listed: number,
): AppError {
  const plan = planToken(agent_ids);
  const linked = linkedRows(rows);
  const missing = agent_ids.map((agent_id) => ({
    agent_id,
    name: linked.get(agent_id)?.name ?? 'unknown',
    reason: 'Not in this account',
  }));
  return new AppError(
    409,
    'account_mismatch',
    `Retell lists ${counted(listed, 'agent')}, but none of the ${agent_ids.length} that active interviewers have: this looks like another account. Nothing was written.`,
    `Check RETELL_API_KEY. If the account was really changed, sync again with {"confirm_orphans": ${JSON.stringify(plan)}}.`,
    { details: { plan, held_back: cutList(missing, LIMITS.answerListEntries) } },
  );
}

function entries(orphans: readonly PlannedOrphan[]): readonly ReportEntry[] {
  const named = orphans.map(({ row, observation, reason }) => ({
    agent_id: observation.agent_id,
    name: row.name,
    reason,
  }));
  return cutList(named, LIMITS.answerListEntries);
}
