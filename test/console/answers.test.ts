import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { AgentPage } from '../../functions/console/answers/agents.ts';
import {
  AuditAnswer,
  type AuditReport as AuditShape,
  Explanation,
} from '../../functions/console/answers/audit-report.ts';
import { CleanupReport, RestoreReport } from '../../functions/console/answers/cleanup-report.ts';
import { Failure } from '../../functions/console/answers/failure.ts';
import { OrphanGuard } from '../../functions/console/answers/guards.ts';
import { RunDetails, RunPage, StatusAnswer } from '../../functions/console/answers/history.ts';
import { SyncReport } from '../../functions/console/answers/sync-report.ts';
import { SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import type { AgentOverview } from '../../shared/domain/agent-overview.ts';
import type { AuditReport } from '../../shared/domain/audit-report.ts';
import type * as domain from '../../shared/domain/sync-report.ts';
import type { Status } from '../../shared/sync/run-history.ts';
import { startSystem, type TestResponse, type TestSystem } from '../support/system.ts';

/** What is left of a value once it was sent as JSON. */
type Sent<Value> = Value extends Date
  ? string
  : Value extends readonly (infer Item)[]
    ? Sent<Item>[]
    : Value extends object
      ? { -readonly [Key in keyof Value]: Sent<Value[Key]> }
      : Value;

type Input<Schema extends v.GenericSchema> = v.InferInput<Schema>;

/** Checked by the compiler: what the use cases answer is what the document says and the page reads. */
const conform = {
  sync: (report: Sent<domain.SyncReport & { success: true }>): Input<typeof SyncReport> => report,
  audit: (report: Sent<AuditReport>): AuditShape => report,
  status: (status: Sent<Status>): Input<typeof StatusAnswer>['status'] => status,
  agent: (agent: Sent<AgentOverview>): Input<typeof AgentPage>['agents'][number] => agent,
};

describe('real answers are as described', () => {
  let system: TestSystem;
  beforeAll(async () => {
    system = await startSystem({ agents: SAMPLE_AGENTS });
  });
  afterAll(() => system.close());

  /** There is nothing in the answer that the schema does not know. */
  const ask = async (
    schema: v.GenericSchema<unknown, unknown>,
    route: string,
    body?: object,
  ): Promise<TestResponse> => {
    const answer = await system.call(route, body);
    expect({ route, body: v.parse(schema, answer.body) }).toEqual({ route, body: answer.body });
    return answer;
  };

  test('from the first sync to a cleanup and back', async () => {
    const [gone = '', other = ''] = SAMPLE_AGENTS.map(({ agent_id }) => agent_id);
    const cleanup = { action: 'cleanup_orphaned', older_than_days: 0 };
    await ask(SyncReport, 'POST /api/sync-retell-agents', { dry_run: true });
    await ask(AuditAnswer, 'GET /api/audit-agents');
    await ask(AgentPage, 'GET /api/agents');
    conform.sync((await ask(SyncReport, 'POST /api/sync-retell-agents')).body);
    system.simulator.account.delete(gone);
    conform.audit((await ask(AuditAnswer, 'GET /api/audit-agents')).body.audit_report);
    await ask(SyncReport, 'POST /api/sync-retell-agents');
    await ask(Explanation, `GET /api/audit-agents?agent_id=${gone}`);
    await ask(Explanation, `GET /api/audit-agents?agent_id=${other}`);
    await ask(CleanupReport, 'POST /api/audit-agents', { ...cleanup, dry_run: true });
    await ask(CleanupReport, 'POST /api/audit-agents', cleanup);
    await ask(AgentPage, 'GET /api/agents');
    await ask(RestoreReport, 'POST /api/audit-agents', { action: 'restore', agent_ids: [gone] });
    conform.agent((await ask(AgentPage, 'GET /api/agents')).body.agents[0]);
    conform.status((await ask(StatusAnswer, 'GET /api/scheduled-sync?action=status')).body.status);
    const { body } = await ask(RunPage, 'GET /api/sync-runs');
    for (const { id } of body.runs) await ask(RunDetails, `GET /api/sync-runs/${id}`);
    expect(body.runs).toHaveLength(6);
  });

  test('failures and the guard', async () => {
    await ask(Failure, 'GET /api/sync-runs/987654');
    for (const { agent_id = '' } of SAMPLE_AGENTS.slice(0, 8)) system.simulator.account.delete(agent_id);
    const guard = await ask(OrphanGuard, 'POST /api/sync-retell-agents');
    expect(guard.status).toBe(409);
  });
});
