/** Conflicts of names stay open until they are acknowledged or decided the other way; lost points are stored with their run. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { agentEvent } from '../../infra/local/retell-simulator/events.ts';
import { interviewAgents, PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const ID = 'agent_1';

const system = useSystem({ agents: interviewAgents(3) });
beforeEach(() => system.call(SYNC));

const conflicts = async () => (await system.call('GET /api/scheduled-sync?action=status')).body.status.conflicts;
const warnings = async () => (await system.call('GET /api/audit-agents')).body.audit_report.advice;
const adviceOfStatus = async () => {
  const { advice, recommendations } = (await system.call('GET /api/scheduled-sync?action=status')).body.status;
  return { advice, recommendations };
};
const acknowledge = (body: object) => system.call('POST /api/audit-agents', { action: 'acknowledge', ...body });

async function collide(retell: string, database: string): Promise<number> {
  system.simulator.account.edit(ID, { agent_name: retell }, { publish: true });
  await system.database.query('update interviewer set name = $1 where agent_id = $2', [database, ID]);
  return (await system.call(SYNC)).body.run_id;
}

describe('a conflict', () => {
  let run_id: number;
  beforeEach(async () => {
    run_id = await collide('Interview R', 'Interview D');
  });

  test('is listed by the status and the audit after later syncs too, with both names and the run', async () => {
    await system.call(SYNC);
    const open = {
      agent_id: ID,
      name: 'Interview R',
      retell_name: 'Interview R',
      database_name: 'Interview D',
      run_id,
    };
    expect(await conflicts()).toMatchObject([open]);
    expect(await warnings()).toMatchObject([{ code: 'name_conflict', action: 'acknowledge_or_undo', agent_ids: [ID] }]);
  });

  test('is closed by an acknowledgement, which changes no name', async () => {
    const { status, body } = await acknowledge({ agent_ids: [ID, 'agent_2'] });
    expect([status, body.acknowledged_count, body.acknowledged]).toEqual([
      200,
      1,
      [
        { agent_id: ID, outcome: 'acknowledged' },
        { agent_id: 'agent_2', outcome: 'not_found' },
      ],
    ]);
    expect([await conflicts(), await warnings()]).toEqual([[], []]);
    expect(await system.row(ID)).toMatchObject({ name: 'Interview R' });
  });

  test('is not acknowledged by a person who saw an earlier one', async () => {
    const later = await collide('Interview R2', 'Interview D2');
    const { status, body } = await acknowledge({ agent_ids: [ID], run_id });
    expect([status, body.code]).toEqual([404, 'nothing_to_acknowledge']);
    expect(await conflicts()).toMatchObject([{ database_name: 'Interview D2', run_id: later }]);
    expect((await acknowledge({ agent_ids: [ID], run_id: later })).status).toBe(200);
  });

  test('is closed by the undo of its run, which decides it the other way', async () => {
    await system.call(`POST /api/sync-runs/${run_id}/undo`, {});
    expect(await conflicts()).toEqual([]);
    expect(await system.row(ID)).toMatchObject({ name: 'Interview D' });
  });

  test('is closed when the platform sets the name again and it is pushed', async () => {
    await system.database.query('update interviewer set name = $1 where agent_id = $2', ['Interview D', ID]);
    await system.call(SYNC);
    expect(await conflicts()).toEqual([]);
  });

  test('is listed no longer when its interviewer is deleted', async () => {
    await system.database.query(`update interviewer set sync_status = 'deleted' where agent_id = $1`, [ID]);
    expect(await conflicts()).toEqual([]);
  });

  test('opens again after an acknowledgement when both sides collide again, for a webhook too', async () => {
    await acknowledge({ agent_ids: [ID] });
    system.simulator.account.edit(ID, { agent_name: 'Interview R3' }, { publish: true });
    await system.database.query('update interviewer set name = $1 where agent_id = $2', ['Interview D3', ID]);
    await system.webhook(agentEvent('updated', { agent_id: ID }));
    expect(await conflicts()).toMatchObject([{ retell_name: 'Interview R3', database_name: 'Interview D3' }]);
  });
});

test("a conflict that a cleanup decides, because an orphan's agent is back under another name, is also open", async () => {
  system.simulator.account.delete(ID);
  await system.call(SYNC);
  await system.database.query('update interviewer set name = $1 where agent_id = $2', ['Interview D', ID]);
  system.simulator.account.addAgent({ agent_id: ID, agent_name: 'Interview R', published: true });
  const { body } = await system.call('POST /api/audit-agents', { action: 'cleanup_orphaned', older_than_days: 0 });
  expect(await conflicts()).toMatchObject([{ database_name: 'Interview D', run_id: body.run_id }]);
});

test('a warning of a conflict leaves the status with its acknowledgement, without another comparison', async () => {
  await collide('Interview R', 'Interview D');
  await warnings();
  const { advice, recommendations } = await adviceOfStatus();
  expect(advice).toMatchObject([{ code: 'name_conflict', action: 'acknowledge_or_undo', agent_ids: [ID] }]);
  expect(recommendations).toEqual([advice[0].text]);
  await acknowledge({ agent_ids: [ID] });
  expect(await adviceOfStatus()).toEqual({ advice: [], recommendations: [] });
});

test('an acknowledgement of an agent without a conflict is refused', async () => {
  const { status, body } = await acknowledge({ agent_ids: ['agent_unknown'] });
  expect([status, body.success, body.code]).toEqual([404, false, 'nothing_to_acknowledge']);
});

test('the points that each discrepancy costs are stored with the run, and equal lists only once', async () => {
  system.simulator.account.edit(ID, { voice_id: 'other' }, { publish: true });
  system.simulator.account.addAgent({ agent_id: 'agent_new', agent_name: 'Interview new', published: true });
  const { audit_report } = (await system.call('GET /api/audit-agents')).body;
  await system.call('GET /api/audit-agents');
  const [run] = (await system.call('GET /api/sync-runs?kind=audit&limit=1')).body.runs;
  const { lost_points } = (await system.call(`GET /api/sync-runs/${run.id}`)).body;
  expect(lost_points).toEqual(
    audit_report.discrepancies.map(({ agent_id, name, status, details, points }: Record<string, unknown>) => ({
      agent_id,
      name,
      status,
      details,
      points,
    })),
  );
  expect(lost_points).toMatchObject([
    { status: 'voice_mismatch', points: 12.5 },
    { status: 'missing_in_db', points: 25 },
  ]);
  expect(await system.database.query('select from voice_agent_sync.discrepancy_list')).toHaveLength(1);
});

test('the warnings of a run are stored with it, equal lists only once, and the status shows them like the audit', async () => {
  system.simulator.account.edit('agent_2', { agent_name: 'Interview agent 3' }, { publish: true });
  await system.call(SYNC);
  const audited = await warnings();
  await warnings();
  expect(audited).toMatchObject([{ code: 'duplicate_name', agent_ids: ['agent_2', 'agent_3'] }]);
  expect((await adviceOfStatus()).advice).toEqual(audited);
  expect(await system.database.query('select from voice_agent_sync.warning_list')).toHaveLength(1);
});

test('the warnings of pruned runs are pruned with them', async () => {
  await collide('Interview R', 'Interview D');
  await warnings();
  expect(await system.database.query('select from voice_agent_sync.warning_list')).toHaveLength(1);
  await system.database.query(`update voice_agent_sync.run set started_at = started_at - interval '2 days'`);
  await system.database.query('select voice_agent_sync.prune_history(1)');
  expect(await system.database.query('select from voice_agent_sync.warning_list')).toEqual([]);
});

test('a warning of a conflict stays in the status although its list of conflicts is cut before it', async () => {
  await collide('Interview R', 'Interview D');
  await warnings();
  await system.database.query(
    `insert into interviewer (name, agent_id, ${PLATFORM_COLUMNS})
     select 'Interview', 'agent_x' || n, ${PLATFORM_VALUES} from generate_series(1, 1000) n;
     insert into voice_agent_sync.conflict (agent_id, run_id, retell_name, database_name, decided_at)
     select 'agent_x' || n, 1, 'a', 'b', now() from generate_series(1, 1000) n`,
  );
  expect((await conflicts()).map((conflict: { agent_id: string }) => conflict.agent_id)).not.toContain(ID);
  expect((await adviceOfStatus()).advice).toMatchObject([{ code: 'name_conflict', agent_ids: [ID] }]);
});
