/** Faults of the interviewer table that keep every new row out, each said once and with the statement that clears it. */
import type { AuditReport, Warning } from '../api/audit.ts';
import type { ErrorChange } from './change.ts';

/** Columns that must have a value, which a new row gets from neither this system nor a default. */
export interface RequiredColumns {
  readonly columns: readonly string[];
  readonly statement: string;
}

export interface TableFaults {
  readonly required: RequiredColumns | null;
  /** Moves the sequence of `id`; null: it is not behind. */
  readonly setval: string | null;
}

type FaultWarning = Pick<Warning, 'kind' | 'details'>;

function faultWarnings({ required, setval }: TableFaults): readonly FaultWarning[] {
  const warnings: FaultWarning[] = [];
  if (required !== null) {
    const columns = required.columns.map((column) => JSON.stringify(column)).join(', ');
    const details = `Required columns of the interviewer table have no default (${columns}), so new interviewers are refused unless a trigger fills them: run "${required.statement};" as the owner of the table, with values that suit.`;
    warnings.push({ kind: 'required_columns', details });
  }
  if (setval !== null) {
    const details = `New interviewers may be refused because their ids are taken: run "${setval};" as the owner of the table.`;
    warnings.push({ kind: 'id_sequence', details });
  }
  return warnings;
}

export function faultErrors(faults: TableFaults): readonly ErrorChange[] {
  return faultWarnings(faults).map(({ details }) => ({
    action: 'error',
    agent_id: null,
    name: 'interviewer',
    reason: details,
  }));
}

/** The agents that have no row. */
export function agentsWithoutRow({ discrepancies }: AuditReport): readonly string[] {
  return discrepancies.filter(({ status }) => status === 'missing_in_db').map(({ agent_id }) => agent_id);
}

export function withFaults(report: AuditReport, faults: TableFaults): AuditReport {
  const agent_ids = [...agentsWithoutRow(report)];
  const warnings = faultWarnings(faults).map((warning) => ({ ...warning, agent_ids }));
  return {
    ...report,
    advice: [...warnings, ...report.advice],
    recommendations: [...warnings.map(({ details }) => details), ...report.recommendations],
  };
}
