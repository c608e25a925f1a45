import { describe, expect, test } from '@jest/globals';
import { eligibleAgent, interviewAgents } from '../support/agents.ts';
import { reasonsOf } from '../support/reasons.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';

const system = useSystem();

describe('eligibility', () => {
  const NO_VOICE = 'No voice configured - agents without voice are not suitable for interviews';
  const NAMELESS = 'Missing required fields: agent_name';
  const NO_MATCH = 'Agent name does not match interview patterns';

  test('the first rule that fails gives the reason, by the listing or by get-agent', async () => {
    system.addAgents([
      { agent_id: 'chat', agent_name: null, channel: 'chat' },
      { agent_id: 'nameless', agent_name: null },
      { agent_id: 'support', agent_name: 'Support line' },
      { agent_id: 'inside', agent_name: 'Kabob shop' },
      { agent_id: 'mute', agent_name: 'Mute interview', voice_id: '' },
      { agent_id: 'start', agent_name: 'Our BOBBY' },
      { agent_id: 'hyphen', agent_name: 'kind-lisa' },
    ]);
    const { body } = await system.call(SYNC);
    expect(reasonsOf(body.skipped)).toEqual({
      chat: NO_VOICE,
      nameless: NAMELESS,
      support: NO_MATCH,
      inside: NO_MATCH,
      mute: NO_VOICE,
    });
    expect(Object.keys(reasonsOf(body.created)).sort()).toEqual(['hyphen', 'start']);
    expect(reasonsOf(body.discrepancies.unsynced_agents)).toEqual({
      nameless: NAMELESS,
      support: NO_MATCH,
      inside: NO_MATCH,
    });
  });

  test('INTERVIEW_NAME_PATTERNS replaces the default patterns', async () => {
    system.addAgents([eligibleAgent(1), { agent_id: 'support', agent_name: 'Support (24/7)' }]);
    await system.configure({ INTERVIEW_NAME_PATTERNS: 'support (' });
    expect(Object.keys(reasonsOf((await system.call(SYNC)).body.created))).toEqual(['support']);
  });

  test.each([
    ['lost its name', { agent_name: '' }, NAMELESS],
    ['got a name that matches no pattern', { agent_name: 'Support' }, NO_MATCH],
    ['lost its voice', { voice_id: '' }, NO_VOICE],
  ])('an agent that %s is orphaned, and restored when it is eligible again', async (_, changes, reason) => {
    system.addAgents(interviewAgents(3));
    await system.call(SYNC);
    const before = await system.row('agent_1');
    system.simulator.account.edit('agent_1', changes, { publish: true });
    const { body } = await system.call(SYNC);
    expect(reasonsOf(body.orphaned)).toEqual({ agent_1: reason });
    expect(await system.row('agent_1')).toMatchObject({
      id: before?.['id'],
      sync_status: 'orphaned',
      orphan_reason: reason,
    });

    system.simulator.account.edit(
      'agent_1',
      { agent_name: 'Interview agent 1', voice_id: '11labs-Adrian' },
      { publish: true },
    );
    const { body: back } = await system.call(SYNC);
    expect(Object.keys(reasonsOf(back.restored))).toEqual(['agent_1']);
    expect(await system.row('agent_1')).toMatchObject({
      id: before?.['id'],
      sync_status: 'active',
      orphaned_at: null,
      orphan_reason: null,
    });
    expect(system.events.map(({ name }) => name)).toEqual(expect.arrayContaining(['AgentOrphaned', 'AgentRestored']));
  });
});
