import { expect, test } from '@jest/globals';
import { ID, useOneAgent } from './use-one-agent.ts';

const { system, sync, rename } = useOneAgent();

test.each([{}, { agent_id: ID }])(
  'a pushed name is one change of a sync of %j, as in its dry run, and its version reaches the row',
  async (body) => {
    await rename('Interview Kim');
    const planned = await sync({ ...body, dry_run: true });
    const done = await sync(body);
    expect(planned.counts).toMatchObject({ pushed: 1, updated: 0 });
    expect(done.counts).toEqual(planned.counts);
    const rows = await system.database.query('select agent_version from interviewer where agent_id = $1', [ID]);
    expect(rows).toEqual([{ agent_version: 1 }]);
    const { audit_logs } = (await system.call(`GET /api/sync-runs/${done.run_id}`)).body;
    expect(audit_logs).toMatchObject([{ action: 'pushed' }]);
  },
);
