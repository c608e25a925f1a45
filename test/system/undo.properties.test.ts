/** An undo puts back whatever a run changed, and the undo of the undo changes it again. */
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
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

/** Runs what is needed for a last run of this kind. */
async function run(system: TestSystem, { kind }: Scenario): Promise<void> {
  if (kind === 'webhook') await system.webhook(agentEvent('updated', { agent_id: 'agent_1' }));
  else if (kind === 'sync_agent') await system.call(SYNC, { agent_id: 'agent_1' });
  else if (kind === 'cleanup') await system.call('POST /api/audit-agents', CLEANUP);
  else await system.call(kind === 'sync' ? SYNC : 'POST /api/scheduled-sync');
}

/** Both sides: names in Retell, and whole rows without the columns that depend on the time of a restore. */
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

/**
 * What the property says about one scenario, as far as it applies: each entry has the expected and the actual value.
 */
async function observe(
  given: Scenario,
): Promise<readonly (readonly [what: string, expected: unknown, actual: unknown])[]> {
  const system = await startSystem({ agents: AGENTS.map((number) => eligibleAgent(number)) });
  try {
    await system.database.query('create table interview (who integer references interviewer (id))');
    await system.call(SYNC);
    for (const [index, change] of given.edits.entries()) await apply(system, index + 1, change);
    if (given.kind === 'cleanup') await system.call(SYNC, { confirm_orphans: true });
    const before = await snapshot(system);
    const earlier = await lastRun(system);
    await run(system, given);
    const id = await lastRun(system);
    const after = await snapshot(system);
    const changed = undoable(before, after);
    const undone = await undo(system, id);
    // A webhook without news makes no run, and a run without such changes cannot be undone.
    if (changed.length === 0) return [['refused', true, id === earlier || undone.code === 'nothing_to_undo']];
    const restored = await snapshot(system);
    const again = await undo(system, undone.run_id);
    const redone = await snapshot(system);
    await undo(system, again.run_id);
    const names = changed.filter((key) => !key.startsWith('row'));
    await system.call(SYNC);
    return [
      ['nothing is left out', [0, 0, 0], [undone.counts?.kept, undone.counts?.failed, again.counts?.kept]],
      ['restored', pick(before, changed), pick(restored, changed)],
      ['the undo undone', pick(after, changed), pick(redone, changed)],
      ['kept by the next sync', pick(before, names), pick(await snapshot(system), names)],
    ];
  } finally {
    await system.close();
  }
}

async function lastRun(system: TestSystem): Promise<number> {
  return (await system.call('GET /api/sync-runs?limit=1')).body.runs[0].id;
}

const undo = async (system: TestSystem, id: number) => (await system.call(`POST /api/sync-runs/${id}/undo`, {})).body;

test('an undo right after any run restores the names and rows that the run changed, and so does the undo of that', async () => {
  const property = fc.asyncProperty(scenario, async (given) => {
    const observed = await observe(given);
    expect(observed.map(([what, , actual]) => [what, actual])).toEqual(
      observed.map(([what, expected]) => [what, expected]),
    );
  });
  await fc.assert(property, { numRuns: 15, endOnFailure: true });
});
