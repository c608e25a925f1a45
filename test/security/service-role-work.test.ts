import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { migrate } from '../../shared/db/migrate.ts';
import { interviewAgents, PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { schedulerEvent } from '../support/events.ts';
import { startSystem, type TestSystem } from '../support/system.ts';
import { createServiceDatabase, type ServiceDatabase } from './service-database.ts';

const SYNC = 'POST /api/sync-retell-agents';

describe.each(['enabled', 'disabled'] as const)(
  '[S70] as the role of the service, with row-level security %s',
  (rowSecurity) => {
    let database: ServiceDatabase;
    let system: TestSystem;
    beforeAll(async () => {
      database = await createServiceDatabase(rowSecurity);
      system = await startSystem({
        database,
        agents: [...interviewAgents(8), { agent_id: 'agent_template', agent_name: 'Helpdesk', published: true }],
        env: { DATABASE_URL: database.serviceUrl, RETELL_TEMPLATE_AGENT_ID: 'agent_template' },
      });
    });
    afterAll(() => system.close());

    test('[S71] `npm start` finds nothing to migrate', async () => {
      expect(await migrate(database.serviceUrl)).toEqual([]);
    });

    test('agents are synced, updated, renamed, created and orphaned', async () => {
      expect((await system.call(SYNC)).body).toMatchObject({ success: true, errors: [], counts: { created: 8 } });
      system.simulator.account.edit('agent_1', { agent_name: 'Interview agent one' });
      await database.query(`update interviewer set name = 'Interview agent two' where agent_id = 'agent_2'`);
      await database.query(
        `insert into interviewer (name, ${PLATFORM_COLUMNS}) values ('Voice new', ${PLATFORM_VALUES})`,
      );
      system.simulator.account.delete('agent_3');
      system.simulator.account.delete('agent_4');
      const { status, body } = await system.call(SYNC, { full: true });
      expect(status).toBe(200);
      expect(body).toMatchObject({ errors: [], counts: { pushed: 2, orphaned: 2 }, health_score: 100 });
      expect(await system.row('agent_1')).toMatchObject({ name: 'Interview agent one' });
    });

    test('webhooks, audits, the schedule, the history and the page are served', async () => {
      system.simulator.account.delete('agent_5');
      const event = { type: 'agent.deleted', data: { agent_id: 'agent_5' } };
      expect((await system.webhook(event)).body).toMatchObject({ action: 'orphaned' });
      expect((await system.call('GET /api/audit-agents')).body).toMatchObject({ audit_report: { health_score: 100 } });
      expect((await system.call('GET /api/audit-agents?agent_id=agent_1')).body).toMatchObject({ in_step: true });
      expect(await system.direct(schedulerEvent())).toMatchObject({ success: true });
      for (const path of ['scheduled-sync?action=status', 'sync-runs', 'sync-runs/1', 'agents', 'health']) {
        expect(await system.call(`GET /api/${path}`)).toMatchObject({ status: 200 });
      }
    });

    test('a cleanup keeps what an interview points to, archives the rest, and restore brings it back', async () => {
      await database.query(
        `insert into interview (interviewer_id) select id from interviewer where agent_id = 'agent_3'`,
      );
      const before = await system.row('agent_4');
      const { body } = await system.call('POST /api/audit-agents', { action: 'cleanup_orphaned', older_than_days: 0 });
      expect(body).toMatchObject({ success: true, cleaned_count: 3 });
      expect(await system.row('agent_3')).toMatchObject({ sync_status: 'deleted' });
      expect(await system.row('agent_4')).toBeUndefined();
      const restored = await system.call('POST /api/audit-agents', {
        action: 'restore',
        agent_ids: ['agent_3', 'agent_4'],
      });
      expect(restored.body).toMatchObject({ success: true, restored_count: 2 });
      expect(await system.row('agent_4')).toMatchObject({
        id: before?.['id'],
        name: before?.['name'],
        sync_status: 'orphaned',
      });
    });
  },
);
