/** Faults of the interviewer table that prevent every new row, each reported once with the statement that fixes it. */
import type { AuditReport, Warning } from '../api/audit.ts';
import type { ErrorChange } from './change.ts';
import { warning } from './warnings.ts';

/** Columns that must have a value, which neither this system nor a default gives to a new row. */
export interface RequiredColumns {
  readonly columns: readonly string[];
  readonly statement: string;
}

export interface TableFaults {
  readonly required: RequiredColumns | null;
  /** The statement that moves the sequence of `id`; null: the sequence is not behind. */
  readonly setval: string | null;
}

type FaultWarning = Pick<Warning, 'code' | 'text'>;

function faultWarnings({ required, setval }: TableFaults): readonly FaultWarning[] {
  const warnings: FaultWarning[] = [];
  if (required !== null) {
    const columns = required.columns.map((column) => JSON.stringify(column)).join(', ');
    const text = `Required columns of the interviewer table get no value (${columns}), so new interviewers are refused unless a trigger fills them: run \`${required.statement};\` as the owner of the table, with values that suit.`;
    warnings.push({ code: 'required_columns', text });
  }
  if (setval !== null) {
    const text = `New interviewers may be refused because their ids are taken: run \`${setval};\` as the owner of the table.`;
    warnings.push({ code: 'id_sequence', text });
  }
  return warnings;
}

export function faultErrors(faults: TableFaults): readonly ErrorChange[] {
  return faultWarnings(faults).map(({ text }) => ({
    action: 'error',
    agent_id: null,
    name: 'interviewer',
    reason: text,
  }));
}

/** The agents that have no row. */
export function agentsWithoutRow({ discrepancies }: AuditReport): readonly string[] {
  return discrepancies.filter(({ status }) => status === 'missing_in_db').map(({ agent_id }) => agent_id);
}

export function withFaults(report: AuditReport, faults: TableFaults): AuditReport {
  const agent_ids = [...agentsWithoutRow(report)];
  const warnings = faultWarnings(faults).map(({ code, text }) => warning(code, 'run_statement', { agent_ids, text }));
  return {
    ...report,
    advice: [...warnings, ...report.advice],
    recommendations: [...warnings.map(({ text }) => text), ...report.recommendations],
  };
}
