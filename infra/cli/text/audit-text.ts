/** The audit: what differs, and what may soon differ. Pure. */
import type { AuditReport } from '../../../shared/api/audit.ts';
import type { DiscrepancyStatus } from '../../../shared/api/discrepancy.ts';
import type { LostPoints } from '../../../shared/api/runs.ts';
import { counted } from '../../../shared/text.ts';
import { visibleSentence, visibleText } from '../../../shared/visible-text.ts';
import { adviceLines } from './status-text.ts';
import type { Paint } from './style.ts';
import { table } from './table.ts';
import { shownCount, shownValue, sortedByName } from './values.ts';

const WORDS: Readonly<Record<DiscrepancyStatus, string>> = {
  missing_in_db: 'no interviewer',
  missing_in_retell: 'not in Retell',
  voice_mismatch: 'voice differs',
  name_mismatch: 'name differs',
  orphaned: 'agent is back',
};

export function auditLines(report: AuditReport, paint: Paint): readonly string[] {
  const { discrepancies, summary } = report;
  const left = summary.sync_discrepancies - discrepancies.length;
  return [
    headLine(report, paint),
    ...discrepancyLines(discrepancies, paint),
    ...(left > 0 ? [`... and ${shownCount(left)} more`] : []),
    ...adviceLines(report, paint),
  ];
}

/** A table after an empty line; empty without discrepancies. */
export function discrepancyLines(discrepancies: readonly LostPoints[], paint: Paint): readonly string[] {
  const rows = sortedByName(discrepancies).map(({ status, name, agent_id, details, points }) => [
    { text: WORDS[status], tone: 'yellow' } as const,
    shownValue(name),
    visibleText(agent_id),
    points.toFixed(2),
    visibleSentence(details),
  ]);
  return rows.length === 0 ? [] : ['', ...table(['what', 'name', 'agent', 'points', 'details'], rows, paint)];
}

function headLine({ health_score, health_status, summary }: AuditReport, paint: Paint): string {
  const { sync_discrepancies: count, total_retell_agents, active_database_agents } = summary;
  const word = count === 0 ? paint('green', 'IN SYNC') : paint('yellow', 'OUT OF SYNC');
  const sides = `${counted(total_retell_agents, 'agent')} in Retell, ${counted(active_database_agents, 'active interviewer')}`;
  const found = counted(count, 'discrepancy', 'discrepancies');
  return `${word}  ${found}; health ${health_score} of 100, ${health_status}; ${sides}`;
}
