/** The response of an audit: each discrepancy with its cost and its remedy, and the warnings. */
import type { AuditReport, Warning } from '../api/audit.ts';
import type { Discrepancy, DiscrepancyStatus } from '../api/discrepancy.ts';
import { counted, cutList } from '../text.ts';
import type { Interviewer } from './agent.ts';
import type { EligibilityRules } from './eligibility.ts';
import { accountMismatch } from './guard.ts';
import { assessHealth, healthStatus } from './health.ts';
import { type BothSides, countListed, isLinked, type ObservedState, voicedAgents } from './observed-state.ts';
import { describeUnread, unreadAgents } from './unread-agents.ts';
import { type WarningInput, warning, warningsOf } from './warnings.ts';

/** What was observed must be scorable: an audit that could not read enough fails earlier. */
export interface AuditReportInput extends BothSides, Pick<WarningInput, 'drafts' | 'change_sources' | 'conflicts'> {
  readonly rules: EligibilityRules;
  readonly now: Date;
}

/** Not cut yet: `cutAuditReport` makes it fit a response. */
export function auditReport(input: AuditReportInput): AuditReport {
  const { observed, rows, rules, drafts, change_sources, conflicts } = input;
  const { left_out } = observed;
  const health = assessHealth(observed, rows, rules);
  const linked = rows.filter(isLinked);
  const orphans = linked.filter((row) => row.sync_status === 'orphaned');
  const unread = unreadAgents({ observed, rows });
  const unread_text = describeUnread(unread);
  const account = warnAccount(observed, rows);
  const cleanup = warnCleanup(left_out.orphaned_rows + orphans.length);
  const warnings = warningsOf({ eligible: health.eligible, orphans, drafts, change_sources, conflicts });
  return {
    timestamp: input.now.toISOString(),
    summary: {
      total_retell_agents: countListed(observed),
      voice_enabled_retell_agents: left_out.in_sync + voicedAgents(observed).length,
      total_database_agents: left_out.linked_rows + linked.length,
      active_database_agents: left_out.in_sync + linked.filter((row) => row.sync_status === 'active').length,
      orphaned_database_agents: left_out.orphaned_rows + orphans.length,
      sync_discrepancies: health.discrepancies.length,
      ...(unread.length === 0 ? {} : { unread_agents: unread.length }),
    },
    discrepancies: health.discrepancies,
    unread,
    recommendations: [
      ...(unread_text === null ? [] : [unread_text]),
      ...account.map(({ text }) => text),
      ...recommendRemedies(health.discrepancies),
      ...[...cleanup, ...warnings].map(({ text }) => text),
    ],
    advice: [...account, ...warnings, ...cleanup],
    health_score: health.score,
    health_status: healthStatus(health.score, health.discrepancies),
  };
}

/** Each list is cut at `limit` entries or sooner, with `truncated: true`; the summary and the score remain complete. */
export function cutAuditReport(report: AuditReport, limit: number): AuditReport {
  const discrepancies = cutList(report.discrepancies, limit);
  const recommendations = cutList(report.recommendations, limit);
  const unread = cutList(report.unread, limit);
  const fewerIds = report.advice.map((warning) => withFewerIds(warning, limit));
  const advice = cutList(fewerIds, limit);
  const whole =
    discrepancies.length === report.discrepancies.length &&
    unread.length === report.unread.length &&
    recommendations.length === report.recommendations.length &&
    advice.length === report.advice.length &&
    report.advice.every(({ agent_ids }) => agent_ids.length <= limit);
  return whole ? report : { ...report, discrepancies, unread, advice, recommendations, truncated: true };
}

function withFewerIds(warning: Warning, limit: number): Warning {
  return { ...warning, agent_ids: warning.agent_ids.slice(0, limit) };
}

/** The noun of each discrepancy, and its remedy. */
const REMEDIES: Readonly<Record<DiscrepancyStatus, readonly [noun: string, remedy: string]>> = {
  missing_in_db: ['agent', `without an interviewer: run a sync, which creates it`],
  missing_in_retell: [
    'active interviewer',
    `without an eligible agent in Retell: run a sync, which reads the agent again and orphans what is gone; if the guard blocks it, look at the agents that it names and confirm`,
  ],
  voice_mismatch: ['interviewer', `with another voice than in Retell: run a sync, which takes Retell's`],
  name_mismatch: [
    'interviewer',
    `with another name than in Retell: run a sync, which merges the names or says in errors why it cannot`,
  ],
  orphaned: ['orphan', `whose agent is back: run a sync, which makes it active again`],
};

function recommendRemedies(discrepancies: readonly Discrepancy[]): readonly string[] {
  const byStatus = Map.groupBy(discrepancies, ({ status }) => status);
  return [...byStatus].map(([status, { length }]) => {
    const [noun, remedy] = REMEDIES[status];
    return `${counted(length, noun)} ${remedy}.`;
  });
}

/** With another account's key, every row seems out of sync. */
function warnAccount(observed: ObservedState, rows: readonly Interviewer[]): readonly Warning[] {
  const agent_ids = accountMismatch(observed, rows);
  if (agent_ids === null) return [];
  const text = `Retell lists none of the agents of ${counted(agent_ids.length, 'active interviewer')}: this looks like another account. Check RETELL_API_KEY before you sync.`;
  return [warning('other_account', 'check_api_key', { agent_ids, text })];
}

/** Does not name the agents, because a comparison may have loaded only some of them; the dry run names them. */
function warnCleanup(orphans: number): readonly Warning[] {
  if (orphans === 0) return [];
  const text = `${counted(orphans, 'orphan')} to clean up: a dry run of the cleanup shows what it would do.`;
  return [warning('orphans_to_clean_up', 'preview_cleanup', { agent_ids: [], text })];
}
