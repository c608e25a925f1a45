/** Undos of one run, and other operations on the same rows, at the same moment. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { QueryResultRow } from 'pg';
import type { Query } from '../../shared/db/pool.ts';
import { provideServices } from '../../shared/services.ts';
import { interviewAgents } from '../support/agents.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const AUDIT = 'POST /api/audit-agents';
const IDS = ['agent_1', 'agent_2'];

const system = useSystem({ agents: interviewAgents(3), callTimeoutMs: 250 });

let run_id: number;
beforeEach(async () => {
  await system.call(SYNC);
  for (const agent_id of IDS) system.simulator.account.delete(agent_id);
  await system.call(SYNC);
  const { body } = await system.call(AUDIT, { action: 'cleanup_orphaned', older_than_days: 0 });
  ({ run_id } = body);
});

const undo = (body: object = {}, id = run_id) => system.call(`POST /api/sync-runs/${id}/undo`, body);
const run = async (id: number) => (await system.call(`GET /api/sync-runs/${id}`)).body.run;
const begin = async (ago: string) => {
  const [row] = await system.database.query<{ id: number }>(
    `insert into voice_agent_sync.run (kind, trigger, undoes, started_at)
     values ('undo', 'manual', $1, clock_timestamp() - $2::interval) returning id::integer as id`,
    [run_id, ago],
  );
  return row?.id ?? 0;
};

test.each([2, 6])(
  '[S131] of %i simultaneous undos of a run, one succeeds, and the run is undone by it',
  async (count) => {
    const responses = await Promise.all(Array.from({ length: count }, () => undo()));
    const done = responses.filter(({ status }) => status === 200);
    expect(done).toMatchObject([{ body: { counts: { restored: 2 } } }]);
    const refused = responses.filter(({ status }) => status !== 200);
    expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 409));
    for (const { body } of refused) expect(body.code).toMatch(/^(undo_running|already_undone)$/);
    expect((await run(run_id)).undone_by).toBe(done[0]?.body.run_id);
  },
);

/** Calls `interrupt` once, after the next undo has read the copies in the archive. */
async function afterPlan(interrupt: () => Promise<unknown>): Promise<void> {
  const services = system.services();
  const query: Query = async <Row extends QueryResultRow>(text: string, values?: readonly unknown[]) => {
    const rows = await services.database.query<Row>(text, values);
    if (/^select [^;]* from voice_agent_sync\.archived_interviewer archived\s+where run_id/s.test(text)) {
      provideServices(services);
      await interrupt();
    }
    return rows;
  };
  provideServices({ ...services, database: { ...services.database, query } });
}

describe('an undo', () => {
  test('[S131] is refused while another undo of the run, which the error names, is running; a dry run is not', async () => {
    const other = await begin('10 seconds');
    const { status, body } = await undo();
    expect([status, body.code, body.running_undo]).toEqual([409, 'undo_running', other]);
    expect(body.error).toContain(`run ${other}`);
    expect(await system.rows()).toHaveLength(1);
    expect((await undo({ dry_run: true })).status).toBe(200);
  });

  test('[S131] closes an undo that was killed, and puts everything back', async () => {
    const killed = await begin('36 seconds');
    const { status, body } = await undo();
    expect([status, body.counts.restored]).toEqual([200, 2]);
    expect(await run(killed)).toMatchObject({ status: 'failed', error_code: 'died' });
    expect((await run(run_id)).undone_by).toBe(body.run_id);
  });

  test('[S131] is refused, and undoes nothing, if it finds at the last moment that nothing can be put back', async () => {
    await afterPlan(() => system.call(AUDIT, { action: 'restore', agent_ids: IDS }));
    const { status, body } = await undo();
    expect([status, body.code]).toEqual([409, 'nothing_to_undo']);
    expect((await run(run_id)).undone_by).toBeNull();
  });

  test('[S131] of an earlier version that put nothing back undoes nothing', async () => {
    await system.database.query(
      `insert into voice_agent_sync.run (kind, trigger, status, undoes, finished_at, counts)
       values ('undo', 'manual', 'succeeded', $1, clock_timestamp(), '{"restored": 0, "kept": 2}')`,
      [run_id],
    );
    expect((await run(run_id)).undone_by).toBeNull();
    expect((await undo()).body.counts).toMatchObject({ restored: 2 });
  });
});

describe('[S131] at once', () => {
  test('restores bring each row back once, and only one of them reports it', async () => {
    const responses = await Promise.all(
      Array.from({ length: 4 }, () => system.call(AUDIT, { action: 'restore', agent_ids: IDS })),
    );
    const restored = responses.map(({ body }) => body.restored_count ?? 0);
    expect(restored.toSorted((a, b) => a - b)).toEqual([0, 0, 0, 2]);
    expect(await system.rows()).toHaveLength(3);
  });

  test('cleanups remove each row once, and only one of them reports it', async () => {
    await undo();
    const cleanup = { action: 'cleanup_orphaned', older_than_days: 0 };
    const { plan } = (await system.call(AUDIT, { ...cleanup, dry_run: true })).body;
    const responses = await Promise.all(
      Array.from({ length: 4 }, () => system.call(AUDIT, { ...cleanup, confirm: plan })),
    );
    const cleaned = responses.map(({ body }) => body.cleaned_count ?? 0);
    expect(cleaned.toSorted((a, b) => a - b)).toEqual([0, 0, 0, 2]);
    const open = await system.database.query(
      'select agent_id from voice_agent_sync.archived_interviewer where restored_at is null order by 1',
    );
    expect(open).toEqual(IDS.map((agent_id) => ({ agent_id })));
  });
});
