/** Listed agents with ids that no request can carry. */
import { expect, test } from '@jest/globals';
import { interviewAgents } from '../support/agents.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';

const system = useSystem({ agents: interviewAgents(3) });

test.each(['..', 'x'.repeat(300), 'agent_\u0007', 'agent_\ud800'])(
  '[R20] an id that no request can carry is an entry in errors, stops no other and no audit: %j',
  async (agent_id) => {
    system.simulator.onListing((page) => {
      const [first] = page.items;
      return { ...page, items: [...page.items, { ...first, agent_id }] };
    });
    const { status, body } = await system.call(SYNC);
    expect([status, body.created.length, body.errors.length]).toEqual([200, 3, 1]);
    await system.call(SYNC);
    const audit = await system.call('GET /api/audit-agents');
    expect([audit.status, audit.body.audit_report?.health_score]).toEqual([200, 100]);
  },
);
