/** An audit asks Retell as a sync does, and writes no row: what it learns must not keep a sync from its work. */
import { expect, test } from '@jest/globals';
import { provideServices } from '../../shared/services.ts';
import { interviewAgents } from '../support/agents.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const AUDIT = 'GET /api/audit-agents';
const CLEANUP = { action: 'cleanup_orphaned', older_than_days: 0 };

const system = useSystem({ agents: interviewAgents(3) });

/** Once, when a run has read and is about to write. */
function beforeWriting(happens: () => Promise<unknown>): void {
  const services = system.services();
  const transaction: typeof services.database.transaction = async (work) => {
    provideServices(services);
    await happens();
    return services.database.transaction(work);
  };
  provideServices({ ...services, database: { ...services.database, transaction } });
}

/** Every agent is read anew, whatever is remembered. */
const forget = () => system.database.query('update voice_agent_sync.retell_agent set listed_timestamp = null');

async function look(): Promise<void> {
  await forget();
  await system.call(AUDIT);
}

test('what a sync is about to create is created', async () => {
  beforeWriting(look);
  expect((await system.call(SYNC)).body).toMatchObject({ counts: { created: 3 }, health_score: 100 });
});

test('what it is about to update and to orphan, too', async () => {
  await system.call(SYNC);
  system.simulator.account.edit('agent_1', { voice_id: 'openai-Nova' }, { publish: true });
  system.simulator.account.edit('agent_2', { agent_name: 'Support' }, { publish: true });
  system.simulator.account.delete('agent_3');
  beforeWriting(look);
  expect((await system.call(SYNC)).body).toMatchObject({ counts: { updated: 1, orphaned: 2 }, health_score: 100 });
});

test('but not when the audit saw something else', async () => {
  await system.call(SYNC);
  system.simulator.account.edit('agent_1', { voice_id: 'openai-Nova' }, { publish: true });
  beforeWriting(async () => {
    system.simulator.account.edit('agent_1', { voice_id: 'retell-Cimo' }, { publish: true });
    await look();
  });
  expect((await system.call(SYNC)).body.updated).toEqual([]);
  expect((await system.call(SYNC)).body.updated).toMatchObject([{ reason: expect.stringContaining('retell-Cimo') }]);
});

test('what a cleanup is about to take out is taken out', async () => {
  await system.call(SYNC);
  system.simulator.account.delete('agent_3');
  await system.call(SYNC);
  beforeWriting(() => system.call('POST /api/audit-agents', { ...CLEANUP, dry_run: true }));
  expect((await system.call('POST /api/audit-agents', CLEANUP)).body).toMatchObject({ cleaned_count: 1 });
});

test('of two syncs that saw the same, one tells what was changed', async () => {
  await system.call(SYNC);
  system.simulator.account.edit('agent_1', { voice_id: 'openai-Nova' }, { publish: true });
  let other: number | undefined;
  beforeWriting(async () => {
    await forget();
    other = (await system.call(SYNC)).body.counts.updated;
  });
  expect([(await system.call(SYNC)).body.counts.updated, other]).toEqual([0, 1]);
});
