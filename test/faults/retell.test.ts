import { beforeEach, expect, test } from '@jest/globals';
import { agentEvent } from '../../infra/local/retell-simulator/events.ts';
import type { RetellSession, SessionOptions } from '../../shared/retell/client.ts';
import { createTransport } from '../../shared/retell/transport.ts';
import { provideServices } from '../../shared/services.ts';
import { interviewAgents } from '../support/agents.ts';
import { testRetell } from '../support/simulator.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';

const system = useSystem({ agents: interviewAgents(3) });
beforeEach(() => system.call(SYNC));

test('[R25] a voice that Retell itself replaced, which no listing shows, is found within a day, or at once by a full sync', async () => {
  system.simulator.account.repair('agent_1', 0, '11labs-Replacement');
  expect((await system.call(SYNC)).body).toMatchObject({ updated: [], unchanged: 3 });
  await system.database.query(`update voice_agent_sync.retell_agent set read_at = read_at - interval '25 hours'`);
  const { body } = await system.call(SYNC);
  expect(body.updated).toMatchObject([{ agent_id: 'agent_1', reason: expect.stringContaining('11labs-Replacement') }]);

  system.simulator.account.repair('agent_2', 0, '11labs-Another');
  expect((await system.call(SYNC, { full: true })).body.updated).toMatchObject([{ agent_id: 'agent_2' }]);
});

test('[R19] an agent deleted between the listing and get-agent stops no other change', async () => {
  system.simulator.account.addAgent({ agent_id: 'agent_new', agent_name: 'Interview new', published: true });
  const respond = {
    kind: 'response',
    status: 404,
    body: { status: 'error', message: 'Item agent_new not found from agent' },
  } as const;
  system.simulator.fault({ match: { agent_id: 'agent_new' }, respond });
  system.simulator.account.edit('agent_1', { agent_name: 'Interview renamed' }, { publish: true });
  const { status, body } = await system.call(SYNC);
  expect(status).toBe(200);
  expect(body).toMatchObject({ created: [], updated: [{ agent_id: 'agent_1' }] });
  expect(await system.rows()).toHaveLength(3);
});

test('[L7] [W5] a delayed response does not overwrite a newer observation that a webhook has saved', async () => {
  const answered = Promise.withResolvers<void>();
  const arrives = Promise.withResolvers<void>();
  const send = createTransport();
  let first = true;
  const retell = testRetell(system.simulator, {
    callTimeoutMs: 30_000,
    transport: async (url, init) => {
      const answer = await send(url, init);
      const path = new URL(url instanceof Request ? url.url : url).pathname;
      if (!first || path !== '/get-agent/agent_1') return answer;
      first = false;
      answered.resolve();
      await arrives.promise;
      return answer;
    },
  });
  provideServices({ ...system.services(), retell });
  system.simulator.account.edit('agent_1', { voice_id: 'v2' }, { publish: true });
  const sync = system.call(SYNC);
  await answered.promise;
  system.simulator.account.edit('agent_1', { voice_id: 'v3' }, { publish: true });
  expect((await system.webhook(agentEvent('updated', { agent_id: 'agent_1' }))).body.action).toBe('updated');
  arrives.resolve();
  expect((await sync).body).toMatchObject({ errors: [], updated: [] });
  expect(await system.row('agent_1')).toMatchObject({ voice_id: 'v3', agent_version: 2 });
  expect((await system.call(SYNC)).body).toMatchObject({ updated: [], health_score: 100 });
});

/** Collects the Retell sessions opened from now on. */
function sessions(): (SessionOptions & { readonly session: RetellSession })[] {
  const opened: (SessionOptions & { readonly session: RetellSession })[] = [];
  const services = system.services();
  const session = (options: SessionOptions) => {
    const made = services.retell.session(options);
    opened.push({ ...options, session: made });
    return made;
  };
  provideServices({ ...services, retell: { ...services.retell, session } });
  return opened;
}

test('[L10] the Retell session of a failed run sends no more requests', async () => {
  const opened = sessions();
  await system.database.query('alter table voice_agent_sync.agreement rename to elsewhere');
  expect(await system.call(SYNC)).toMatchObject({ status: 503, body: { code: 'schema_mismatch' } });
  const asked = opened.map(({ session }) => session.listAgents());
  await expect(Promise.all(asked)).rejects.toMatchObject({ code: 'deadline_exceeded' });
  expect(asked).toHaveLength(1);
});

test('[W19] a webhook limits its time with Retell to 8 s, however long its function may run', async () => {
  const opened = sessions();
  const began = Date.now();
  await system.webhook(agentEvent('updated', { agent_id: 'agent_1' }), { remainingMs: 600_000 });
  expect(opened.map(({ deadline = Number.POSITIVE_INFINITY }) => deadline - began < 8_000)).toEqual([true]);
});
