import { beforeEach, describe, expect, test } from '@jest/globals';
import { latestVersion } from '../../infra/local/retell-simulator/account.ts';
import { busEvent } from '../support/events.ts';
import { hiding } from '../support/listing-hooks.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const FLOW = { type: 'conversation-flow', conversation_flow_id: 'flow_1', version: 3 } as const;
const TEMPLATE = {
  agent_id: 'agent_template',
  agent_name: 'Template',
  voice_id: 'v-template',
  response_engine: FLOW,
  published: true,
};

const system = useSystem({
  agents: [TEMPLATE],
  callTimeoutMs: 1_000,
});
beforeEach(async () => {
  await system.configure({ RETELL_TEMPLATE_AGENT_ID: 'agent_template' });
  await insert('Interview Kim');
});

const sync = async (request: object = {}) => (await system.call(SYNC, request)).body;
const creations = () => system.simulator.requests.count('/create-agent');
const agents = () => system.simulator.account.inOrder().filter(({ agent_id }) => agent_id !== 'agent_template');

function insert(name: string, agent_id: string | null = null, sync_status = 'active') {
  return system.database.query(
    `insert into interviewer (name, agent_id, sync_status, description, image, empathy, exploration, rapport, speed)
     values ($1, $2, $3, 'ours', '/k.png', 1, 2, 3, 4)`,
    [name, agent_id, sync_status],
  );
}

/** One agent, linked to the one row, and an idle next sync. */
async function expectOne(): Promise<void> {
  expect(agents()).toHaveLength(1);
  const agent_id = agents()[0]?.agent_id;
  expect(await system.rows()).toMatchObject([
    { agent_id, name: 'Interview Kim', sync_status: 'active', voice_id: 'v-template', description: 'ours' },
  ]);
  expect(await sync()).toMatchObject({ created: [], updated: [], pushed: [], errors: [], health_score: 100 });
  expect(creations()).toBeLessThanOrEqual(1);
}

test('a row without an agent gets a new one with the template’s engine and voice', async () => {
  const report = await sync();
  expect(report.pushed).toMatchObject([{ name: 'Interview Kim', reason: expect.stringContaining('agent_template') }]);
  const [agent] = agents();
  expect(agent && latestVersion(agent).settings).toMatchObject({
    agent_name: 'Interview Kim',
    voice_id: 'v-template',
    response_engine: FLOW,
  });
  await expectOne();
});

test('a dry run reports the agent to create and creates nothing', async () => {
  expect((await sync({ dry_run: true })).pushed).toMatchObject([{ name: 'Interview Kim' }]);
  expect(creations()).toBe(0);
  expect(await system.database.query('select from voice_agent_sync.creation')).toEqual([]);
});

test('a database error before the creation fails the run, and the next run creates the agent', async () => {
  await system.database.query(
    `create function refuse() returns trigger language plpgsql as $$ begin
       raise exception 'out of memory' using errcode = '53200'; end $$;
     create trigger refuse before insert on voice_agent_sync.creation execute function refuse()`,
  );
  expect(await system.call(SYNC)).toMatchObject({ status: 503, body: { code: 'database_unavailable' } });
  expect(creations()).toBe(0);
  await system.database.query('drop trigger refuse on voice_agent_sync.creation');
  expect((await sync()).pushed).toMatchObject([{ name: 'Interview Kim' }]);
});

describe('a sync that runs out of time to create agents is partial', () => {
  const continuations = () => system.events.filter(({ name }) => name === 'SyncContinuationRequested');

  test('and its continuation links what it created and creates the rest', async () => {
    for (const name of ['Interview Pat', 'Interview Sam']) await insert(name);
    // Leaves time for two creations, and to read back the first.
    system.requestsTake((path) => (path === '/create-agent' ? 12_000 : 0));
    const { status, body } = await system.call(SYNC);
    expect([status, body.partial, body.errors, body.health_score]).toEqual([202, true, [], null]);
    expect(body.counts).toMatchObject({ pushed: 2, pending: 1, errors: 0 });
    const [{ detail } = { detail: {} }] = continuations();
    await system.direct(busEvent('SyncContinuationRequested', detail));
    expect(creations()).toBe(3);
    expect((await system.rows()).map(({ agent_id }) => agent_id)).not.toContain(null);
    expect(await sync()).toMatchObject({ created: [], pushed: [], errors: [], health_score: 100 });
  });

  test('and requests no continuation if it created nothing: the next sync creates all', async () => {
    await insert('Interview Pat');
    const busy = { kind: 'response', status: 429, headers: { 'retry-after': '3600' }, body: {} } as const;
    const end = system.simulator.fault({ match: { path: '/create-agent' }, respond: busy });
    expect(await sync()).toMatchObject({ partial: true, pushed: [], errors: [], counts: { pending: 2 } });
    expect([creations(), continuations()]).toEqual([1, []]);
    end();
    await system.configure({ RETELL_TEMPLATE_AGENT_ID: 'agent_template' });
    expect((await sync()).pushed).toHaveLength(2);
  });

  test('even if it has no time to read the template', async () => {
    system.requestsTake(25_000);
    expect(await sync()).toMatchObject({ partial: true, pushed: [], errors: [], counts: { pending: 1 } });
    expect(creations()).toBe(0);
  });
});

describe('a sync creates no agent', () => {
  test.each([
    ['[S30] in pull mode', { RETELL_TEMPLATE_AGENT_ID: 'agent_template', SYNC_DIRECTION: 'pull' }],
    ['without a template', {}],
  ])('%s', async (_, env) => {
    await system.configure(env);
    expect(await sync()).toMatchObject({ pushed: [], errors: [] });
    expect(creations()).toBe(0);
    expect(await system.rows()).toMatchObject([{ agent_id: null, sync_status: 'active' }]);
  });

  test.each(['orphaned', 'deleted'])('for a row that is %s', async (status) => {
    await system.database.query('update interviewer set sync_status = $1, orphaned_at = now()', [status]);
    expect(await sync()).toMatchObject({ pushed: [], errors: [] });
    expect(creations()).toBe(0);
  });

  test('for a row whose name matches no pattern', async () => {
    await system.database.query(`update interviewer set name = 'Kim'`);
    expect(await sync()).toMatchObject({ pushed: [], errors: [] });
    expect(creations()).toBe(0);
  });

  test('for a row with the name of an unlinked agent: the two are linked', async () => {
    system.simulator.account.addAgent({ agent_id: 'agent_kim', agent_name: 'Interview Kim', voice_id: 'v-template' });
    expect(await sync()).toMatchObject({ pushed: [], updated: [{ agent_id: 'agent_kim' }] });
    expect(creations()).toBe(0);
    await expectOne();
  });

  test('while an agent of that name cannot be read', async () => {
    system.simulator.account.addAgent({ agent_id: 'agent_kim', agent_name: 'Interview Kim', voice_id: 'v-template' });
    const endFault = system.simulator.fault({
      match: { agent_id: 'agent_kim' },
      respond: { kind: 'response', status: 500, body: {} },
    });
    expect((await sync()).errors).toMatchObject([{ agent_id: 'agent_kim' }]);
    expect(creations()).toBe(0);
    endFault();
    await sync();
    await expectOne();
  });

  test('while the template is missing, which is an error entry', async () => {
    system.simulator.account.delete('agent_template');
    expect((await sync()).errors).toMatchObject([
      { agent_id: 'agent_template', reason: expect.stringContaining('RETELL_TEMPLATE_AGENT_ID') },
    ]);
    expect(creations()).toBe(0);
    system.simulator.account.addAgent(TEMPLATE);
    await sync();
    await expectOne();
  });
});

describe('a sync creates exactly one agent although', () => {
  test('two syncs run at once', async () => {
    await Promise.all([sync(), sync(), sync()]);
    expect(creations()).toBe(1);
    await expectOne();
  });

  test.each(['destroy', 'hang'] as const)(
    '[R26] the response to create-agent is lost after it took effect (%s)',
    async (response) => {
      system.simulator.fault({
        match: { path: '/create-agent' },
        respond: { kind: 'after_effect', response },
        times: 1,
      });
      expect(await sync()).toMatchObject({ errors: [], pushed: [{ name: 'Interview Kim' }] });
      expect(creations()).toBe(1);
      await expectOne();
    },
  );

  test('the response is lost and the listing does not show the agent for a while', async () => {
    system.simulator.fault({
      match: { path: '/create-agent' },
      respond: { kind: 'after_effect', response: 'destroy' },
      times: 1,
    });
    const show = system.simulator.onListing((page) =>
      hiding(...agents().map(({ agent_id }) => agent_id))(page, { page: 1 }),
    );
    expect((await sync()).errors).toMatchObject([
      { name: 'Interview Kim', reason: expect.stringContaining('unknown') },
    ]);
    expect(await sync()).toMatchObject({ pushed: [] });
    show();
    await sync();
    expect(creations()).toBe(1);
    await expectOne();
  });

  test('the listing does not show the new agent for a while', async () => {
    // Without any active agent in the listing, the guard would assume another account.
    system.simulator.account.addAgent({ agent_id: 'agent_other', agent_name: 'Interview Other', published: true });
    await sync();
    await insert('Interview Late');
    const late = () => agents().find((agent) => latestVersion(agent).settings.agent_name === 'Interview Late');
    const show = system.simulator.onListing((page) => hiding(late()?.agent_id ?? '')(page, { page: 1 }));
    expect((await sync()).pushed).toMatchObject([{ name: 'Interview Late' }]);
    expect(await sync()).toMatchObject({ orphaned: [], pushed: [] });
    expect(await system.row(late()?.agent_id ?? '')).toMatchObject({ name: 'Interview Late', sync_status: 'active' });
    show();
    expect(await sync()).toMatchObject({ created: [], updated: [], pushed: [], errors: [], health_score: 100 });
    expect(creations()).toBe(2);
  });

  test('the new agent cannot be read at first', async () => {
    const endFault = system.simulator.fault({
      match: { path: /^\/get-agent\/(?!agent_template)/ },
      respond: { kind: 'response', status: 500, body: {} },
    });
    await sync();
    expect(await system.rows()).toMatchObject([{ agent_id: null }]);
    endFault();
    await sync();
    await expectOne();
  });

  test('the process dies between the creation and saving its id', async () => {
    await sync();
    await system.database.query('update interviewer set agent_id = null');
    await system.database.query('update voice_agent_sync.creation set agent_id = null');
    expect(await sync()).toMatchObject({ pushed: [], created: [] });
    await expectOne();
  });

  test('Retell refused the first request', async () => {
    system.simulator.fault({
      match: { path: '/create-agent' },
      respond: { kind: 'response', status: 422, body: { status: 'error', message: 'voice is not available' } },
      times: 1,
    });
    expect((await sync()).errors).toMatchObject([{ reason: expect.stringContaining('voice is not available') }]);
    system.simulator.requests.clear();
    await sync();
    await expectOne();
  });

  test('the first request was lost without effect: it is repeated after 15 minutes', async () => {
    system.simulator.fault({ match: { path: '/create-agent' }, respond: { kind: 'destroy' }, times: 1 });
    await sync();
    await sync();
    expect(agents()).toEqual([]);
    await system.database.query(`update voice_agent_sync.creation set started_at = started_at - interval '16 minutes'`);
    system.simulator.requests.clear();
    await sync();
    await expectOne();
  });
});

test('two rows with the same name each get an agent', async () => {
  await insert('Interview Kim');
  await sync();
  expect(agents()).toHaveLength(2);
  const linked = new Set((await system.rows()).map((row) => row['agent_id']));
  expect(linked).toEqual(new Set(agents().map(({ agent_id }) => agent_id)));
  expect(await sync()).toMatchObject({ created: [], pushed: [], updated: [] });
});

test('a row gets an agent of its own although a linked agent has its name', async () => {
  system.simulator.account.addAgent({ agent_id: 'agent_kim', agent_name: 'Interview Kim' });
  await insert('Interview Kim', 'agent_kim');
  await sync();
  expect(agents()).toHaveLength(2);
  expect((await system.rows()).map((row) => row['agent_id'])).toEqual(
    expect.arrayContaining(agents().map(({ agent_id }) => agent_id)),
  );
});
