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

const system = useSystem({ agents: interviewAgents(3) });

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

/** A moment of the next undo: after it has sent a statement that matches so often. */
interface Moment {
  readonly statement: RegExp;
  readonly times: number;
}

/** Calls `interrupt` once. */
function interruptAt({ statement, times }: Moment, interrupt: () => Promise<unknown>): void {
  const services = system.services();
  let sent = 0;
  const query: Query = async <Row extends QueryResultRow>(text: string, values?: readonly unknown[]) => {
    const rows = await services.database.query<Row>(text, values);
    if (statement.test(text)) sent += 1;
    if (statement.test(text) && sent === times) {
      provideServices(services);
      await interrupt();
    }
    return rows;
  };
  provideServices({ ...services, database: { ...services.database, query } });
}

const REMOVED = /^select [^;]* from voice_agent_sync\.archived_interviewer archived\s+where run_id/s;
/** It has seen that there is something to put back, and is not stored as a run yet. */
const BEFORE_BEGIN: Moment = { statement: REMOVED, times: 1 };
/** It plans to restore what it has read from the archive. */
const IN_PLAN: Moment = { statement: REMOVED, times: 2 };

describe('an undo', () => {
  test('[S131] is refused while another undo of the run, which the error names, is running; a dry run is not', async () => {
    const other = await begin('10 seconds');
    const { status, body } = await undo();
    expect([status, body.code, body.running_undo]).toEqual([409, 'undo_running', other]);
    expect(body.error).toContain(`run ${other}`);
    expect(await system.rows()).toHaveLength(1);
    expect((await undo({ dry_run: true })).status).toBe(200);
  });

  test('[S131] is refused with the name of the running undo, whatever undo ended since', async () => {
    const running = await begin('10 seconds');
    await system.database.query(
      `insert into voice_agent_sync.run (kind, trigger, status, undoes, finished_at)
       values ('undo', 'manual', 'failed', $1, clock_timestamp())`,
      [run_id],
    );
    const { body } = await undo();
    expect([body.code, body.running_undo]).toEqual(['undo_running', running]);
  });

  test('[S131] takes no confirmation that is older than another undo of the run, and the undo of that', async () => {
    system.simulator.account.edit('agent_3', { agent_name: 'Interview R' }, { publish: true });
    const { body: pulled } = await system.call(SYNC);
    const { body: shown } = await undo({ dry_run: true }, pulled.run_id);
    interruptAt(BEFORE_BEGIN, async () => {
      const { body } = await undo({}, pulled.run_id);
      expect((await undo({}, body.run_id)).status).toBe(200);
    });
    const { status, body } = await undo({ confirm: shown.plan }, pulled.run_id);
    expect([status, body.code]).toEqual([409, 'undo_guard']);
    expect(body.plan).not.toBe(shown.plan);
  });

  test('[S131] closes an undo that was killed, and puts everything back', async () => {
    const killed = await begin('36 seconds');
    const { status, body } = await undo();
    expect([status, body.counts.restored]).toEqual([200, 2]);
    expect(await run(killed)).toMatchObject({ status: 'failed', error_code: 'died' });
    expect((await run(run_id)).undone_by).toBe(body.run_id);
  });

  test('[S131] is refused, and undoes nothing, if it finds at the last moment that nothing can be put back', async () => {
    interruptAt(IN_PLAN, () => system.call(AUDIT, { action: 'restore', agent_ids: IDS }));
    const { status, body } = await undo();
    expect([status, body.code]).toEqual([409, 'nothing_to_undo']);
    expect(body.error).toContain('since the undo began');
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
