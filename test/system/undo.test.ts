/** `POST /api/sync-runs/{id}/undo`: puts back what a run changed. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { agentEvent } from '../../infra/local/retell-simulator/events.ts';
import { interviewAgents } from '../support/agents.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const AUDIT = 'POST /api/audit-agents';
const [ID, OTHER] = ['agent_1', 'agent_2'];

const system = useSystem({ agents: interviewAgents(3) });
beforeEach(() => system.call(SYNC));

const undo = (id: number, body: object = {}) => system.call(`POST /api/sync-runs/${id}/undo`, body);
const sync = async (body: object = {}) => (await system.call(SYNC, body)).body;
const latest = (agent_id: string) => system.simulator.account.get(agent_id)?.versions.at(-1);
const rename = (name: string, agent_id = ID) =>
  system.database.query('update interviewer set name = $1 where agent_id = $2', [name, agent_id]);
const renameInRetell = (agent_name: string, agent_id = ID) =>
  system.simulator.account.edit(agent_id, { agent_name }, { publish: true });

/** The name in the database, then in Retell. */
async function names(agent_id = ID): Promise<readonly unknown[]> {
  return [(await system.row(agent_id))?.['name'], latest(agent_id)?.settings.agent_name];
}

async function expectInSync(name: string): Promise<void> {
  expect(await names()).toEqual([name, name]);
  expect(latest(ID)?.is_published).toBe(true);
  expect(await sync()).toMatchObject({ pushed: [], conflicts: [], errors: [], health_score: 100 });
  expect(await names()).toEqual([name, name]);
}

describe('a name is put back on both sides if the run', () => {
  test('pulled it', async () => {
    renameInRetell('Interview R');
    const { run_id } = await sync();
    const { status, body } = await undo(run_id);
    expect([status, body.counts.set_back, body.undoes]).toEqual([200, 1, run_id]);
    await expectInSync('Interview agent 1');
  });

  test('pushed it', async () => {
    await rename('Interview D');
    const { run_id } = await sync();
    expect(await names()).toEqual(['Interview D', 'Interview D']);
    expect((await undo(run_id)).body.entries).toMatchObject([
      { outcome: 'set_back', reason: expect.stringContaining('published as version 2') },
    ]);
    await expectInSync('Interview agent 1');
  });

  test('took it from Retell in a conflict, which is now decided the other way', async () => {
    await rename('Interview D');
    renameInRetell('Interview R');
    const { run_id } = await sync();
    expect((await undo(run_id)).body.entries).toMatchObject([{ outcome: 'set_back', name: 'Interview D' }]);
    await expectInSync('Interview D');
  });

  test('pulled it for a webhook', async () => {
    renameInRetell('Interview R');
    await system.webhook(agentEvent('updated', { agent_id: ID }));
    const { body } = await system.call('GET /api/sync-runs?kind=webhook');
    expect((await undo(body.runs[0].id)).status).toBe(200);
    await expectInSync('Interview agent 1');
  });

  test('pushed it to an agent that FoloUp names differently: each side has its own name again', async () => {
    system.simulator.account.addAgent({ agent_id: 'agent_lisa', agent_name: 'Lisa', published: true });
    await system.database.query(
      `insert into interviewer (agent_id, name, description, image, empathy, exploration, rapport, speed)
       values ('agent_lisa', 'Explorer Lisa', 'd', '/l.png', 1, 2, 3, 4)`,
    );
    await sync();
    await rename('Flow Lisa', 'agent_lisa');
    const { run_id } = await sync();
    await undo(run_id);
    expect(await names('agent_lisa')).toEqual(['Explorer Lisa', 'Lisa']);
    expect(await sync()).toMatchObject({ pushed: [], conflicts: [], health_score: 100 });
    expect(await names('agent_lisa')).toEqual(['Explorer Lisa', 'Lisa']);
  });

  test('took it when a cleanup found the agent in Retell again', async () => {
    system.simulator.account.delete(ID);
    await sync();
    system.simulator.account.addAgent({ agent_id: ID, agent_name: 'Interview R', published: true });
    const { body } = await system.call(AUDIT, { action: 'cleanup_orphaned', older_than_days: 0 });
    expect(body.cleaned_agents).toMatchObject([{ outcome: 'restored' }]);
    expect((await undo(body.run_id)).body.counts).toMatchObject({ set_back: 1 });
    await expectInSync('Interview agent 1');
  });
});

describe('an undo of', () => {
  const columns = `select to_jsonb(interviewer) - '{sync_status,orphaned_at}'::text[] as row, sync_status from interviewer order by id`;

  async function cleanUp(): Promise<number> {
    for (const agent_id of [ID, OTHER]) system.simulator.account.delete(agent_id);
    await sync();
    await system.database.query(`create table interview (who integer references interviewer (id));
      insert into interview select id from interviewer where agent_id = '${OTHER}'`);
    const { body } = await system.call(AUDIT, { action: 'cleanup_orphaned', older_than_days: 0 });
    expect(body.cleaned_agents).toMatchObject([{ outcome: 'archived' }, { outcome: 'marked_deleted' }]);
    return body.run_id;
  }

  test('a cleanup restores its rows unchanged, and can itself be undone', async () => {
    const before = await system.database.query(columns);
    const id = await cleanUp();
    const cleaned = await system.database.query(columns);
    const { body } = await undo(id);
    expect(body.counts).toMatchObject({ restored: 2, kept: 0 });
    const restored = await system.database.query<{ row: { agent_id: string } }>(columns);
    expect(restored.map(({ row }) => row.agent_id)).toEqual(before.map(({ row }) => row.agent_id));
    expect(restored).toMatchObject([
      { sync_status: 'orphaned' },
      { sync_status: 'orphaned' },
      { sync_status: 'active' },
    ]);
    const again = await undo(body.run_id);
    expect(again.body.counts).toMatchObject({ archived: 1, marked_deleted: 1, kept: 0 });
    expect(await system.database.query(columns)).toEqual(cleaned);
    expect((await undo(again.body.run_id)).body.counts).toMatchObject({ restored: 2 });
    expect(await system.database.query(columns)).toEqual(restored);
  });

  test('a cleanup leaves out rows that have come back since, and names them', async () => {
    const id = await cleanUp();
    await system.call(AUDIT, { action: 'restore', agent_ids: [ID] });
    expect((await undo(id)).body).toMatchObject({
      counts: { restored: 1, kept: 1 },
      entries: expect.arrayContaining([
        expect.objectContaining({ agent_id: ID, outcome: 'kept', reason: expect.stringContaining('since') }),
      ]),
    });
  });

  test('a restore cleans up again, except for a row that is in use or was edited', async () => {
    await cleanUp();
    const { body } = await system.call(AUDIT, { action: 'restore', agent_ids: [ID, OTHER] });
    await system.database.query(`update interviewer set description = 'edited' where agent_id = $1`, [ID]);
    const undone = await undo(body.run_id);
    expect(undone.body.entries).toMatchObject([
      { agent_id: ID, outcome: 'kept' },
      { agent_id: OTHER, outcome: 'marked_deleted' },
    ]);
  });
});

describe('a later change is kept and named, when', () => {
  let run_id: number;
  beforeEach(async () => {
    await rename('Interview D');
    await rename('Interview E', OTHER);
    ({ run_id } = await sync());
  });

  test.each<[string, () => unknown]>([
    ['Retell has another name', () => renameInRetell('Interview later')],
    ['the database has another name', () => rename('Interview later')],
    ['the agent is gone', () => system.simulator.account.delete(ID)],
  ])('%s', async (_, change) => {
    await change();
    const before = await names();
    const { body } = await undo(run_id);
    expect(body.counts).toMatchObject({ set_back: 1, kept: 1 });
    expect(body.entries).toMatchObject([
      { agent_id: ID, outcome: 'kept' },
      { agent_id: OTHER, outcome: 'set_back' },
    ]);
    expect(await names()).toEqual(before);
    expect(await names(OTHER)).toEqual(['Interview agent 2', 'Interview agent 2']);
  });
});

describe('an undo', () => {
  let run_id: number;
  beforeEach(async () => {
    await rename('Interview D');
    ({ run_id } = await sync());
  });

  test('writes nothing as a dry run, whose token confirms exactly what it showed', async () => {
    const dump = async () => [
      await system.rows(),
      await system.database.query('select * from voice_agent_sync.agreement order by 1'),
      await system.database.query('select * from voice_agent_sync.run order by id'),
      await system.database.query('select * from voice_agent_sync.retell_agent order by 1'),
      latest(ID),
    ];
    const before = await dump();
    const shown = (await undo(run_id, { dry_run: true })).body;
    expect(await dump()).toEqual(before);
    expect(shown).toMatchObject({ dry_run: true, run_id: null, counts: { set_back: 1 }, plan: expect.any(String) });
    expect((await undo(run_id, { confirm: shown.plan })).status).toBe(200);
    expect(await names()).toEqual(['Interview agent 1', 'Interview agent 1']);
  });

  test('is refused when the token confirms something else than what it would do', async () => {
    await rename('Interview E', OTHER);
    const other = await sync();
    const { plan } = (await undo(other.run_id, { dry_run: true })).body;
    const { status, body } = await undo(run_id, { confirm: plan });
    expect([status, body.code, body.error]).toEqual([
      409,
      'undo_guard',
      expect.stringContaining('not what you confirmed'),
    ]);
    expect(await names()).toEqual(['Interview D', 'Interview D']);
    expect((await undo(run_id, { confirm: body.plan })).status).toBe(200);
  });

  test('is a run in the history, which can be undone', async () => {
    const undone = (await undo(run_id)).body;
    const run = (await system.call(`GET /api/sync-runs/${undone.run_id}`)).body;
    expect(run).toMatchObject({
      run: { kind: 'undo', status: 'succeeded', undoes: run_id, undone_by: null, counts: { set_back: 1 } },
      audit_logs: [{ action: 'set_back', agent_id: ID, changes: [{ field: 'name' }, { field: 'retell_name' }] }],
    });
    const { body } = await system.call('GET /api/sync-runs?changed=true&kind=undo');
    expect(body.runs).toHaveLength(1);
    expect((await system.call(`GET /api/sync-runs/${run_id}`)).body.run.undone_by).toBe(undone.run_id);
    expect((await undo(undone.run_id)).status).toBe(200);
    await expectInSync('Interview D');
    expect((await system.call(`GET /api/sync-runs/${run_id}`)).body.run.undone_by).toBeNull();
  });

  test('is refused for a run that is already undone', async () => {
    const first = (await undo(run_id)).body;
    const { status, body } = await undo(run_id);
    expect([status, body.code, body.undone_by]).toEqual([409, 'already_undone', first.run_id]);
  });

  test('is refused for an unknown or unfinished run', async () => {
    expect((await undo(987_654)).body.code).toBe('run_not_found');
    const [{ id } = { id: 0 }] = await system.database.query<{ id: number }>(
      `insert into voice_agent_sync.run (kind, trigger) values ('sync', 'manual') returning id::integer as id`,
    );
    const { status, body } = await undo(id, { dry_run: true });
    expect([status, body.code]).toEqual([409, 'run_running']);
  });

  test('is refused when the key belongs to another account, and writes nothing', async () => {
    system.simulator.account.load([]);
    system.simulator.account.addAgent({ agent_id: 'agent_of_another', agent_name: 'Interview X', published: true });
    const before = await system.rows();
    const { status, body } = await undo(run_id);
    expect([status, body.code]).toEqual([409, 'account_mismatch']);
    expect((await undo(run_id, { dry_run: true })).body.code).toBe('account_mismatch');
    expect(await system.rows()).toEqual(before);
  });

  test('is refused when the run changed nothing that can be put back, with the reason', async () => {
    const first = await system.call('GET /api/sync-runs?kind=sync');
    const created = first.body.runs.at(-1).id;
    const { status, body } = await undo(created);
    expect([status, body.code, body.error]).toEqual([
      409,
      'nothing_to_undo',
      expect.stringContaining('3 changes of it only followed Retell'),
    ]);
    expect((await undo(created, { dry_run: true })).body).toMatchObject({ entries: [], counts: { not_undoable: 3 } });
  });

  test('leaves the names alone with SYNC_DIRECTION=pull', async () => {
    await system.configure({ SYNC_DIRECTION: 'pull' });
    expect((await undo(run_id)).body).toMatchObject({ code: 'nothing_to_undo', entries: [{ outcome: 'kept' }] });
    expect(await names()).toEqual(['Interview D', 'Interview D']);
  });

  test('[R28] whose push fails renames the row and reports the failure, and the next sync or another undo does the rest', async () => {
    const endFault = system.simulator.fault({
      match: { path: /^\/create-agent-version/ },
      respond: { kind: 'response', status: 400, body: {} },
    });
    const { status, body } = await undo(run_id);
    expect([status, body.counts.failed]).toEqual([200, 1]);
    expect(await names()).toEqual(['Interview agent 1', 'Interview D']);
    expect((await system.call(`GET /api/sync-runs/${body.run_id}`)).body.run.status).toBe('partial');
    endFault();
    expect((await undo(run_id)).body.counts).toMatchObject({ set_back: 1 });
    await expectInSync('Interview agent 1');
  });
});

test('an undo of many changes needs the token that the 409 shows', async () => {
  system.simulator.seed(5);
  await sync();
  await system.database.query(`update interviewer set name = name || ' D'`);
  const { run_id } = await sync();
  const { status, body } = await undo(run_id);
  expect([status, body.code, body.entries.length]).toEqual([409, 'undo_guard', 8]);
  expect(await names()).toEqual(['Interview agent 1 D', 'Interview agent 1 D']);
  expect((await undo(run_id, { confirm: body.plan })).body.counts).toMatchObject({ set_back: 8 });
});
