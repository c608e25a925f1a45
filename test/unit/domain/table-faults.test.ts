import { describe, expect, test } from '@jest/globals';
import type { AuditReport } from '../../../shared/api/audit.ts';
import { agentsWithoutRow, faultErrors, withFaults } from '../../../shared/domain/table-faults.ts';
import { warning } from '../../../shared/domain/warnings.ts';

const REQUIRED = {
  columns: ['prompt', 'tenant'],
  statement: 'alter table interviewer alter column prompt set default 0',
};
const SETVAL = 'select setval(1)';
const REQUIRED_TEXT =
  'Required columns of the interviewer table get no value ("prompt", "tenant"), so new interviewers are refused unless a trigger fills them: run `alter table interviewer alter column prompt set default 0;` as the owner of the table, with values that suit.';
const SETVAL_TEXT =
  'New interviewers may be refused because their ids are taken: run `select setval(1);` as the owner of the table.';

describe('faults of the table', () => {
  test('are an error entry each, without an agent', () => {
    const error = { action: 'error', agent_id: null, name: 'interviewer' };
    expect(faultErrors({ required: REQUIRED, setval: SETVAL })).toEqual([
      { ...error, reason: REQUIRED_TEXT },
      { ...error, reason: SETVAL_TEXT },
    ]);
    expect(faultErrors({ required: null, setval: null })).toEqual([]);
  });

  test('come first in the advice and the recommendations of an audit, with the agents that have no row', () => {
    const discrepancies = [
      { agent_id: 'a', name: 'A', status: 'missing_in_db', details: '', points: 1 },
      { agent_id: 'b', name: 'B', status: 'orphaned', details: '', points: 1 },
    ] as const;
    const duplicate = warning('duplicate_name', 'rename_agent', { agent_ids: [], text: 'Two' });
    const report: AuditReport = {
      timestamp: '2026-01-01T00:00:00.000Z',
      summary: {
        total_retell_agents: 2,
        voice_enabled_retell_agents: 2,
        total_database_agents: 1,
        active_database_agents: 0,
        orphaned_database_agents: 1,
        sync_discrepancies: 2,
      },
      discrepancies: [...discrepancies],
      unread: [],
      recommendations: ['Two'],
      advice: [duplicate],
      health_score: 0,
      health_status: 'poor',
    };
    expect(agentsWithoutRow(report)).toEqual(['a']);
    const faulty = withFaults(report, { required: REQUIRED, setval: SETVAL });
    expect(faulty.advice).toEqual([
      warning('required_columns', 'run_statement', { agent_ids: ['a'], text: REQUIRED_TEXT }),
      warning('id_sequence', 'run_statement', { agent_ids: ['a'], text: SETVAL_TEXT }),
      duplicate,
    ]);
    expect(faulty.recommendations).toEqual([REQUIRED_TEXT, SETVAL_TEXT, 'Two']);
    expect(withFaults(report, { required: null, setval: null })).toEqual(report);
  });
});
