/** An audit saves observations like a sync, but writes no row: it must not stop a sync from writing. */
import { expect, test } from '@jest/globals';
import { provideServices } from '../../shared/services.ts';
import { interviewAgents } from '../support/agents.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const AUDIT = 'GET /api/audit-agents';
const CLEANUP = { action: 'cleanup_orphaned', older_than_days: 0 };

const system = useSystem({ agents: interviewAgents(3) });

/** Calls `interrupt` once, after the next run has read and before it writes. */
function beforeWriting(interrupt: () => Promise<unknown>): void {
  const services = system.services();
  const transaction: typeof services.database.transaction = async (work) => {
    provideServices(services);
    await interrupt();
    return services.database.transaction(work);
  };
  provideServices({ ...services, database: { ...services.database, transaction } });
}

/** Makes the next run read every agent again. */
const forgetObservations = () =>
  system.database.query('update voice_agent_sync.retell_agent set listed_timestamp = null');

async function audit(): Promise<void> {
  await forgetObservations();
  await system.call(AUDIT);
}

test('a sync creates its rows although an audit reads the same agents before it writes', async () => {
  beforeWriting(audit);
  expect((await system.call(SYNC)).body).toMatchObject({ counts: { created: 3 }, health_score: 100 });
});

test('a sync updates and orphans its rows although an audit reads the same agents before it writes', async () => {
  await system.call(SYNC);
  system.simulator.account.edit('agent_1', { voice_id: 'openai-Nova' }, { publish: true });
  system.simulator.account.edit('agent_2', { agent_name: 'Support' }, { publish: true });
  system.simulator.account.delete('agent_3');
  beforeWriting(audit);
  expect((await system.call(SYNC)).body).toMatchObject({ counts: { updated: 1, orphaned: 2 }, health_score: 100 });
});

test('a sync leaves a row alone when an audit has a newer, different observation of its agent', async () => {
  await system.call(SYNC);
  system.simulator.account.edit('agent_1', { voice_id: 'openai-Nova' }, { publish: true });
  beforeWriting(async () => {
    system.simulator.account.edit('agent_1', { voice_id: 'retell-Cimo' }, { publish: true });
    await audit();
  });
  expect((await system.call(SYNC)).body.updated).toEqual([]);
  expect((await system.call(SYNC)).body.updated).toMatchObject([{ reason: expect.stringContaining('retell-Cimo') }]);
});

test('a cleanup archives its rows although another cleanup reads the same agents before it writes', async () => {
  await system.call(SYNC);
  system.simulator.account.delete('agent_3');
  await system.call(SYNC);
  beforeWriting(() => system.call('POST /api/audit-agents', { ...CLEANUP, dry_run: true }));
  expect((await system.call('POST /api/audit-agents', CLEANUP)).body).toMatchObject({ cleaned_count: 1 });
});

test('of two syncs with equal observations, only the sync that wrote reports the update', async () => {
  await system.call(SYNC);
  system.simulator.account.edit('agent_1', { voice_id: 'openai-Nova' }, { publish: true });
  let other: number | undefined;
  beforeWriting(async () => {
    await forgetObservations();
    other = (await system.call(SYNC)).body.counts.updated;
  });
  expect([(await system.call(SYNC)).body.counts.updated, other]).toEqual([0, 1]);
});
