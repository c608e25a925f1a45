/** A confirmation covers what was shown, once: its token confirms nothing else, and not the same again. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { interviewAgents } from '../support/agents.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const AUDIT = 'POST /api/audit-agents';
const FEW = ['agent_1', 'agent_2'];
const MANY = Array.from({ length: 6 }, (_, index) => `agent_${index + 1}`);

const system = useSystem({ agents: interviewAgents(8) });
beforeEach(() => system.call(SYNC));

const sync = (body: object = {}) => system.call(SYNC, body);
const cleanup = (body: object = {}) => system.call(AUDIT, { action: 'cleanup_orphaned', older_than_days: 0, ...body });
const undo = (id: number, body: object = {}) => system.call(`POST /api/sync-runs/${id}/undo`, body);
const statuses = async () => (await system.rows()).map(({ agent_id, sync_status }) => [agent_id, sync_status]);
const remove = (agent_ids: readonly string[]) => {
  for (const agent_id of agent_ids) system.simulator.account.delete(agent_id);
};

async function orphan(agent_ids: readonly string[]): Promise<void> {
  remove(agent_ids);
  await sync({ confirm_orphans: true });
}

/** Nothing changes, and the response has the present plan. */
async function expectRefused(
  response: Promise<{ status: number; body: { code: string; plan: string } }>,
  code: string,
) {
  const before = await statuses();
  const { status, body } = await response;
  expect([status, body.code, body.plan]).toEqual([409, code, expect.stringMatching(/^[\w-]{22}$/)]);
  expect(await statuses()).toEqual(before);
  return body.plan;
}

describe('the plan token of a cleanup', () => {
  test('[S103] is refused for the same rows after they were restored and orphaned again', async () => {
    await orphan(MANY);
    const { plan } = (await cleanup()).body;
    const { run_id, cleaned_count } = (await cleanup({ confirm: plan })).body;
    expect(cleaned_count).toBe(6);
    await undo(run_id, { confirm: (await undo(run_id, { dry_run: true })).body.plan });
    const next = await expectRefused(cleanup({ confirm: plan }), 'cleanup_guard');
    expect(next).not.toBe(plan);
    expect((await cleanup({ confirm: next })).status).toBe(200);
  });

  test('[S103] is refused with another age', async () => {
    await orphan(MANY);
    await system.database.query(
      `update interviewer set orphaned_at = now() - interval '30 days' where orphaned_at is not null`,
    );
    const { plan } = (await cleanup({ older_than_days: 20 })).body;
    await expectRefused(cleanup({ older_than_days: 10, confirm: plan }), 'cleanup_guard');
    expect((await cleanup({ older_than_days: 20, confirm: plan })).body.cleaned_count).toBe(6);
  });
});

describe('for few candidates, which need no confirmation, a cleanup', () => {
  beforeEach(() => orphan(FEW));

  test.each<[string, unknown]>([
    ['a number', 5],
    ['zero', 0],
    ['a token', 'A'.repeat(22)],
  ])('[S103] is refused if something else was confirmed: %s', async (_, confirm) => {
    const plan = await expectRefused(cleanup({ confirm }), 'cleanup_guard');
    expect((await cleanup({ confirm: plan })).body.cleaned_count).toBe(2);
  });

  test('accepts their number', async () => {
    expect((await cleanup({ confirm: 2 })).body.cleaned_count).toBe(2);
  });
});

test('a confirmation that is sent again finds nothing left to clean up, and asks for nothing', async () => {
  await orphan(MANY);
  const plan = await expectRefused(cleanup({}), 'cleanup_guard');
  expect((await cleanup({ confirm: plan })).body.cleaned_count).toBe(6);
  expect(await cleanup({ confirm: plan })).toMatchObject({ status: 200, body: { cleaned_count: 0, candidates: 0 } });
});

test('[S103] a number confirms only what the last 409 listed, for the same age', async () => {
  await orphan(MANY);
  await expectRefused(cleanup({ confirm: 6 }), 'cleanup_guard');
  await system.database.query(
    `update interviewer set orphaned_at = now() - interval '30 days' where orphaned_at is not null`,
  );
  await expectRefused(cleanup({ confirm: 6 }), 'cleanup_guard');
  await expectRefused(cleanup({ older_than_days: 20, confirm: 6 }), 'cleanup_guard');
  expect((await cleanup({ older_than_days: 20, confirm: 6 })).body.cleaned_count).toBe(6);
});

test('[S103] the plan token of a sync is refused for the same agents once they have been back', async () => {
  remove(MANY);
  const { plan } = (await sync()).body;
  expect((await sync({ confirm_orphans: plan })).body.counts).toMatchObject({ orphaned: 6 });
  for (const agent of interviewAgents(6)) system.simulator.account.addAgent(agent);
  expect((await sync()).body.counts).toMatchObject({ restored: 6 });
  remove(MANY);
  const next = await expectRefused(sync({ confirm_orphans: plan }), 'orphan_guard');
  expect((await sync({ confirm_orphans: next })).body.counts).toMatchObject({ orphaned: 6 });
});

test('[S103] the plan token for another account is refused for the same account later', async () => {
  const other = { agent_id: 'agent_other', agent_name: 'Interview of another', published: true };
  const own = interviewAgents(8).map((agent, index) => ({ ...agent, agent_id: `agent_${index + 1}` }));
  const change = (agents: readonly { agent_id: string }[], to: readonly (typeof other)[]) => {
    remove(agents.map(({ agent_id }) => agent_id));
    for (const agent of to) system.simulator.account.addAgent(agent);
  };
  change(own, [other]);
  const { plan } = (await sync()).body;
  expect((await sync({ confirm_orphans: plan })).status).toBe(200);
  change([other], []);
  for (const agent of own) system.simulator.account.addAgent(agent);
  expect((await sync({ confirm_orphans: true })).body.counts).toMatchObject({ restored: 8 });
  change(own, [other]);
  await expectRefused(sync({ confirm_orphans: plan }), 'account_mismatch');
});

test('[S103] the plan token of an undo is refused for another run, and for the same run again', async () => {
  const rename = (name: string) =>
    system.database.query(`update interviewer set name = $1 where agent_id = 'agent_1'`, [name]);
  await rename('Interview D');
  const first = (await sync()).body.run_id;
  const { plan } = (await undo(first, { dry_run: true })).body;
  const undone = (await undo(first, { confirm: plan })).body.run_id;
  await undo(undone);
  await expectRefused(undo(first, { confirm: plan }), 'undo_guard');
  await undo(first);
  await rename('Interview D');
  const second = (await sync()).body.run_id;
  const next = await expectRefused(undo(second, { confirm: plan }), 'undo_guard');
  expect((await undo(second, { confirm: next })).status).toBe(200);
});
