/** The answer of an audit: what is out of step, what it costs, what mends it, and what will become a problem. */

import type { Interviewer } from './agent.ts';
import { counted } from './counted.ts';
import { cutList } from './cut-list.ts';
import { accountMismatch } from './guard.ts';
import { assessHealth, type Discrepancy, type DiscrepancyStatus, type HealthStatus, healthStatus } from './health.ts';
import { isLinked, type ObservedState, voicedAgents } from './observed-state.ts';
import { type Warning, type WarningInput, warningsOf } from './warnings.ts';

export interface AuditSummary {
  readonly total_retell_agents: number;
  readonly voice_enabled_retell_agents: number;
  readonly total_database_agents: number;
  readonly active_database_agents: number;
  readonly orphaned_database_agents: number;
  readonly sync_discrepancies: number;
}

export interface AuditReport {
  readonly timestamp: string;
  readonly summary: AuditSummary;
  readonly discrepancies: readonly Discrepancy[];
  readonly recommendations: readonly string[];
  /** Not out of step now, but about to be. */
  readonly advice: readonly Warning[];
  readonly health_score: number;
  readonly health_status: HealthStatus;
  readonly truncated?: true;
}

export interface AuditFacts extends Pick<WarningInput, 'drafts' | 'changes'> {
  /** Whole: an audit with unread agents fails before it comes here. */
  readonly observed: ObservedState;
  readonly rows: readonly Interviewer[];
  readonly namePatterns: RegExp;
  readonly now: Date;
}

/** Uncut; `cutAuditReport` makes it fit an answer. */
export function auditReport(facts: AuditFacts): AuditReport {
  const { observed, rows, namePatterns } = facts;
  const health = assessHealth(observed, rows, namePatterns);
  const linked = rows.filter(isLinked);
  const orphans = linked.filter((row) => row.sync_status === 'orphaned');
  const advice = warningsOf({ eligible: health.eligible, orphans, drafts: facts.drafts, changes: facts.changes });
  return {
    timestamp: facts.now.toISOString(),
    summary: {
      total_retell_agents: observed.listed.size,
      voice_enabled_retell_agents: voicedAgents(observed).length,
      total_database_agents: linked.length,
      active_database_agents: linked.filter((row) => row.sync_status === 'active').length,
      orphaned_database_agents: orphans.length,
      sync_discrepancies: health.discrepancies.length,
    },
    discrepancies: health.discrepancies,
    recommendations: [
      ...recommendAccount(observed, rows),
      ...recommend(health.discrepancies),
      ...recommendCleanup(orphans.length),
      ...advice.map(({ details }) => details),
    ],
    advice,
    health_score: health.score,
    health_status: healthStatus(health.score),
  };
}

/** Each list is cut at `limit` entries or sooner, with `truncated: true`; the summary and the score stay whole. */
export function cutAuditReport(report: AuditReport, limit: number): AuditReport {
  const discrepancies = cutList(report.discrepancies, limit);
  const recommendations = cutList(report.recommendations, limit);
  const fewerIds = report.advice.map((one) => withFewerIds(one, limit));
  const advice = cutList(fewerIds, limit);
  const whole =
    discrepancies.length === report.discrepancies.length &&
    recommendations.length === report.recommendations.length &&
    advice.length === report.advice.length &&
    report.advice.every(({ agent_ids }) => agent_ids.length <= limit);
  return whole ? report : { ...report, discrepancies, advice, recommendations, truncated: true };
}

function withFewerIds({ kind, agent_ids, details }: Warning, limit: number): Warning {
  return { kind, agent_ids: agent_ids.slice(0, limit), details };
}

const SYNC = 'POST /api/sync-retell-agents';

/** What there is of each status, and what to do about it. */
const REMEDIES: Readonly<Record<DiscrepancyStatus, readonly [noun: string, rest: string]>> = {
  missing_in_db: ['agent', `without an interviewer: run a sync (${SYNC}), which creates what is missing`],
  missing_in_retell: [
    'active interviewer',
    `without an eligible agent in Retell: run a sync (${SYNC}), which asks Retell again and orphans what is gone; if it answers 409, look at held_back and confirm with confirm_orphans`,
  ],
  voice_mismatch: ['interviewer', `with another voice than in Retell: run a sync (${SYNC}), which takes Retell's`],
  name_mismatch: [
    'interviewer',
    `with another name than in Retell: run a sync (${SYNC}), which settles the name or says in errors why it cannot`,
  ],
  orphaned: ['orphan', `whose agent is back: run a sync (${SYNC}), which makes it active again`],
};

function recommend(discrepancies: readonly Discrepancy[]): readonly string[] {
  const byStatus = Map.groupBy(discrepancies, ({ status }) => status);
  return [...byStatus].map(([status, { length }]) => {
    const [noun, rest] = REMEDIES[status];
    return `${counted(length, noun)} ${rest}.`;
  });
}

/** Everything looks out of step when it is not our account at all. */
function recommendAccount(observed: ObservedState, rows: readonly Interviewer[]): readonly string[] {
  const foreign = accountMismatch(observed, rows);
  if (foreign === null) return [];
  return [
    `Retell lists none of the agents of ${foreign.length} active interviewers: this looks like another account. Check RETELL_API_KEY before you sync.`,
  ];
}

function recommendCleanup(orphans: number): readonly string[] {
  if (orphans === 0) return [];
  return [
    `${counted(orphans, 'orphan')} to clean up: POST /api/audit-agents with {"action": "cleanup_orphaned", "dry_run": true} shows what a cleanup would do.`,
  ];
}
