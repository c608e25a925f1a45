/** Whatever a run changed, its undo puts back, and the undo of the undo changes again. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { agentEvent } from '../../infra/local/retell-simulator/events.ts';
import { eligibleAgent } from '../support/agents.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const CLEANUP = { action: 'cleanup_orphaned', older_than_days: 0 };
const AGENTS = [1, 2, 3, 4];

/** What people do to an agent and its row before the run. */
const edit = fc.constantFrom('nothing', 'rename', 'rename in Retell', 'rename both', 'refer', 'delete', 'meet');
const kind = fc.constantFrom('sync', 'scheduled', 'sync_agent', 'webhook', 'cleanup');
const scenario = fc.record({ edits: fc.array(edit, { minLength: AGENTS.length, maxLength: AGENTS.length }), kind });
type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never;

async function apply(system: TestSystem, number: number, change: Scenario['edits'][number]): Promise<void> {
  const { account } = system.simulator;
  const agent_id = `agent_${number}`;
  const { query } = system.database;
  if (change.startsWith('rename') && change !== 'rename in Retell') {
    await query(`update interviewer set name = 'Interview D' || name where agent_id = $1`, [agent_id]);
  }
  if (change === 'rename in Retell' || change === 'rename both') {
    account.edit(agent_id, { agent_name: `Interview R${number}` }, { publish: true });
  }
  // A row that met its agent under another name.
  if (change === 'meet') {
    await query('delete from voice_agent_sync.agreement where agent_id = $1', [agent_id]);
    await query(`update interviewer set name = 'Friendly ' || name where agent_id = $1`, [agent_id]);
  }
  if (change === 'refer')
    await query('insert into interview select id from interviewer where agent_id = $1', [agent_id]);
  if (change === 'delete' || change === 'refer') account.delete(agent_id);
}

/** Runs of which the last is of the kind. */
async function run(system: TestSystem, { kind }: Scenario): Promise<void> {
  if (kind === 'webhook') await system.webhook(agentEvent('updated', { agent_id: 'agent_1' }));
  else if (kind === 'sync_agent') await system.call(SYNC, { agent_id: 'agent_1' });
  else if (kind === 'cleanup') await system.call('POST /api/audit-agents', CLEANUP);
  else await system.call(kind === 'sync' ? SYNC : 'POST /api/scheduled-sync');
}

/** Both sides: names in Retell, and whole rows but for what follows from the time of a restore. */
async function snapshot(system: TestSystem): Promise<ReadonlyMap<string, unknown>> {
  const rows = await system.database.query<{ agent_id: string; name: string; kept: object; status: string }>(
    `select agent_id, name, sync_status as status,
       to_jsonb(interviewer) - '{name,sync_status,orphaned_at,last_synced_at,agent_version,retell_modified_at}'::text[] as kept
     from interviewer order by agent_id`,
  );
  const agents = [...system.simulator.account.agents.values()];
  return new Map([
    ...rows.flatMap(({ agent_id, name, kept, status }): [string, unknown][] => [
      [`row ${agent_id}`, { ...kept, in_use: status !== 'deleted' }],
      [`name ${agent_id}`, name],
    ]),
    ...agents.map(({ agent_id, versions }): [string, unknown] => [
      `Retell ${agent_id}`,
      versions.at(-1)?.settings.agent_name,
    ]),
  ]);
}

/** What an undo puts back: names of both sides and rows that are removed. Other values follow Retell. */
function undoable(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): readonly string[] {
  const removed = (key: string) => key.startsWith('row') && inUse(before.get(key)) && !inUse(after.get(key));
  const moved = (key: string) => !key.startsWith('row') && after.has(key) && before.get(key) !== after.get(key);
  return [...before.keys()].filter((key) => removed(key) || moved(key));
}

function inUse(row: unknown): boolean {
  return typeof row === 'object' && row !== null && 'in_use' in row && row.in_use === true;
}

const pick = (state: ReadonlyMap<string, unknown>, keys: readonly string[]) => keys.map((key) => [key, state.get(key)]);

async function holds(given: Scenario): Promise<void> {
  const system = await startSystem({ agents: AGENTS.map((number) => eligibleAgent(number)) });
  try {
    await system.database.query('create table interview (who integer references interviewer (id))');
    await system.call(SYNC);
    for (const [index, change] of given.edits.entries()) await apply(system, index + 1, change);
    if (given.kind === 'cleanup') await system.call(SYNC, { confirm_orphans: true });
    const before = await snapshot(system);
    const last = async () => (await system.call('GET /api/sync-runs?limit=1')).body.runs[0].id;
    const earlier = await last();
    await run(system, given);
    const id = await last();
    const after = await snapshot(system);
    const changed = undoable(before, after);
    const { status, body } = await system.call(`POST /api/sync-runs/${id}/undo`, {});
    // A webhook without news makes no run, and a run without such changes cannot be undone.
    if (changed.length === 0) {
      expect(id === earlier || body.code === 'nothing_to_undo').toBe(true);
      return;
    }
    expect([status, body.counts.kept, body.counts.failed]).toEqual([200, 0, 0]);
    expect(pick(await snapshot(system), changed)).toEqual(pick(before, changed));
    const again = await system.call(`POST /api/sync-runs/${body.run_id}/undo`, {});
    expect([again.status, again.body.counts.kept]).toEqual([200, 0]);
    expect(pick(await snapshot(system), changed)).toEqual(pick(after, changed));
    await system.call(`POST /api/sync-runs/${again.body.run_id}/undo`, {});
    // Both sides agree: a sync has no name to carry over.
    const undone = await snapshot(system);
    const names = changed.filter((key) => !key.startsWith('row'));
    expect((await system.call(SYNC)).body).toMatchObject(
      given.kind === 'sync' || given.kind === 'scheduled' ? { pushed: [], conflicts: [] } : {},
    );
    expect(pick(await snapshot(system), names)).toEqual(pick(undone, names));
  } finally {
    await system.close();
  }
}

test('an undo right after any run restores the names and rows that the run changed, and so does the undo of that', async () => {
  await fc.assert(fc.asyncProperty(scenario, holds), { numRuns: 15, endOnFailure: true });
});
