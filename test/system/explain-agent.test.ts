import { beforeAll, expect, test } from '@jest/globals';
import { eligibleAgent, interviewAgents } from '../support/agents.ts';
import { useSharedSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';

const system = useSharedSystem({
  agents: [
    ...interviewAgents(6),
    { agent_id: 'agent_support', agent_name: 'Support' },
    { agent_id: 'agent_nameless', agent_name: null },
    { agent_id: 'agent_chat', agent_name: 'Interview chat', channel: 'chat' },
    { agent_id: 'agent_late', agent_name: 'Support' },
    { agent_id: 'agent_mute', agent_name: 'Bob', voice_id: ' ' },
  ],
});
beforeAll(async () => {
  await system.call(SYNC);
  const { account } = system.simulator;
  account.delete('agent_2');
  await system.call(SYNC);
  account.edit('agent_3', { voice_id: 'openai-Nova', agent_name: 'Lisa' }, { publish: true });
  account.delete('agent_4');
  account.delete('agent_late');
  await system.database.query(`update interviewer set sync_status = 'deleted' where agent_id = 'agent_5'`);
  account.edit('agent_6', { agent_name: 'Support' }, { publish: true });
  account.addAgent(eligibleAgent(7));
});

function explain(agent_id: string) {
  return system.call(`GET /api/audit-agents?agent_id=${encodeURIComponent(agent_id)}`);
}

test.each([
  ['agent_1', true, 'In sync.', []],
  ['agent_2', true, 'No interviewer needed', ['in_retell', 'in_database']],
  ['agent_3', false, 'A sync fixes it', ['same_name', 'same_voice']],
  ['agent_4', false, 'A sync orphans the interviewer', ['in_retell']],
  ['agent_5', true, 'deleted in the platform', ['in_database']],
  ['agent_6', false, 'A sync orphans the interviewer', ['name_pattern', 'same_name']],
  ['agent_7', false, 'A sync fixes it', ['in_database']],
  ['agent_support', true, 'Agent name does not match interview patterns', ['name_pattern', 'in_database']],
  ['agent_nameless', true, 'Missing required fields: agent_name', ['required_fields', 'name_pattern', 'in_database']],
  ['agent_mute', true, 'No voice configured', ['voice', 'in_database']],
])('explains %s: in sync %s, %s', async (agent_id, in_step, summary, failed) => {
  const { status, body } = await explain(agent_id);
  expect(status).toBe(200);
  expect(body).toMatchObject({ success: true, agent_id, in_step, summary: expect.stringContaining(summary) });
  const rules: { rule: string; passed: boolean; reason: string }[] = body.rules;
  expect(rules.filter(({ passed }) => !passed).map(({ rule }) => rule)).toEqual(failed);
  expect(rules.every(({ reason }) => reason.length > 0)).toBe(true);
});

test('an agent of another channel, which only the listing shows, is explained as not a voice agent', async () => {
  const { status, body } = await explain('agent_chat');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    in_step: true,
    retell: null,
    interviewer: null,
    summary: expect.stringContaining('chat'),
  });
  expect(body.rules).toMatchObject([
    { rule: 'in_retell', passed: true },
    { rule: 'voice', passed: false },
    { rule: 'in_database', passed: false },
  ]);
});

test('an explanation has both sides, the merge base and the latest changes', async () => {
  const { body } = await explain('agent_3');
  expect(body).toMatchObject({
    retell: { agent_name: 'Lisa', voice_id: 'openai-Nova', version: 1, is_published: true },
    interviewer: { name: 'Interview agent 3', voice_id: '11labs-Adrian', sync_status: 'active' },
    agreed_name: 'Interview agent 3',
    history: [{ action: 'created', kind: 'sync', trigger: 'manual' }],
  });
  const { body: orphan } = await explain('agent_2');
  expect(orphan.history.map((entry: { action: string }) => entry.action)).toEqual(['orphaned', 'created']);
  expect(orphan.retell).toBeNull();
});

test.each(['agent_missing', 'agent_late'])('%s, which neither side has, is 404', async (agent_id) => {
  const { status, body } = await explain(agent_id);
  expect([status, body.code]).toEqual([404, 'agent_not_found']);
  expect(body.error).toContain(agent_id);
});

test.each(['', 'x'.repeat(256), 'a\u0000b', 'a\nb'])('the impossible agent id %j is 400', async (agent_id) => {
  const { status, body } = await explain(agent_id);
  expect([status, body.code]).toEqual([400, 'invalid_request']);
});

test.each([
  [400, 502, 'agent_unreadable'],
  [401, 502, 'retell_unauthorized'],
  [402, 502, 'retell_payment_required'],
])(
  'where Retell responds with %d, the explanation is a %d %s with what the database has',
  async (refused, sent, code) => {
    const stop = system.simulator.fault({
      match: { agent_id: 'agent_1' },
      respond: { kind: 'response', status: refused, body: { status: 'error', message: 'no' } },
    });
    const { status, body } = await explain('agent_1');
    stop();
    expect([status, body.code]).toEqual([sent, code]);
    expect(body).toMatchObject({
      interviewer: { name: 'Interview agent 1', sync_status: 'active' },
      agreed_name: 'Interview agent 1',
      history: [{ action: 'created', undoable: false }],
    });
  },
);

test('the rule about the name shows the word by which it matches, or the words that would match', async () => {
  const ruleOf = async (agent_id: string) => {
    const { body } = await explain(agent_id);
    return body.rules.find(({ rule }: { rule: string }) => rule === 'name_pattern');
  };
  expect(await ruleOf('agent_1')).toEqual({
    rule: 'name_pattern',
    passed: true,
    reason: 'Name matches the interview patterns by "Interview"',
  });
  expect(await ruleOf('agent_support')).toEqual({
    rule: 'name_pattern',
    passed: false,
    reason: 'Agent name does not match interview patterns',
    hint: expect.stringMatching(
      /^It matches once a word of the name starts with one of "bob", "lisa", .*INTERVIEW_NAME_PATTERNS/,
    ),
  });
});
