/**
 * Run by disclosure.test.ts in a separate process: calls every function, in success and failure, with secrets and
 * personal data wherever they can occur. Writes the responses to the file that its argument names.
 */
import { writeFile } from 'node:fs/promises';
import { Client } from 'pg';
import { HANDLERS } from '../../infra/local/handlers.ts';
import { signWebhook } from '../../infra/local/retell-simulator/webhooks.ts';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
import { applyMigrations } from '../../shared/aws/apply-migrations.ts';
import { matchEndpoint } from '../../shared/http/match-endpoint.ts';
import { provideServices, services } from '../../shared/services.ts';
import { interviewAgents } from '../support/agents.ts';
import { httpEvent, schedulerEvent, testContext } from '../support/events.ts';
import { testSimulator } from '../support/simulator.ts';

const API_KEY = 'canary-secret-api-key';
const WEBHOOK_KEYS = ['canary-secret-webhook-1', 'canary-secret-webhook-2'];
const TOKEN = 'canary-secret-token-0123456789';
const DATABASE_URL = process.env['DATABASE_URL'] ?? '';
const SYNC = 'POST /api/sync-retell-agents';

const answers: unknown[] = [];
const simulator = await testSimulator(interviewAgents(4), { apiKey: API_KEY });
const admin = new Client(DATABASE_URL);
await admin.connect();
configure({});

function configure(env: Readonly<Record<string, string>>): void {
  Object.assign(process.env, {
    RETELL_API_KEY: API_KEY,
    RETELL_BASE_URL: simulator.url,
    RETELL_WEBHOOK_SECRET: WEBHOOK_KEYS.join(','),
    SYNC_AUTH_TOKEN: TOKEN,
    LOG_LEVEL: 'debug',
    DATABASE_URL,
    ...env,
  });
  provideServices(undefined);
}

async function call(route: string, body?: object | string, headers: Readonly<Record<string, string>> = {}) {
  const [method = '', path = ''] = route.split(' ');
  const all = { authorization: `Bearer ${TOKEN}`, cookie: 'session=canary-secret-cookie', ...headers };
  const event = httpEvent({ method, path, headers: all, ...(body === undefined ? {} : { body }) });
  const name = matchEndpoint(ENDPOINTS, method, path.split('?')[0] ?? '')?.endpoint.function ?? 'console';
  answers.push(await HANDLERS[name](event, testContext()));
}

async function deliver(payload: unknown, key = WEBHOOK_KEYS[1] ?? ''): Promise<void> {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  await call('POST /api/retell-webhook', body, { 'x-retell-signature': await signWebhook(body, key) });
}

async function invoke(): Promise<void> {
  const event = schedulerEvent({ note: 'canary-person-input' });
  const thrown = await HANDLERS['scheduled-sync'](event, testContext()).catch(String);
  answers.push(thrown);
}

const conversation = (event: string, agent_id: string) => ({
  event,
  call: {
    call_id: 'call_1',
    agent_id,
    from_number: '+1 canary-person-from',
    to_number: '+1 canary-person-to',
    transcript: 'My name is canary-person-transcript',
    transcript_object: [{ role: 'user', content: 'canary-person-words' }],
    recording_url: 'https://example.com/canary-person-recording',
    metadata: { email: 'canary-person@example.com' },
  },
});

async function everyRoute(): Promise<void> {
  await call(SYNC);
  await call(SYNC, { full: true });
  await call('GET /api/audit-agents');
  await call('GET /api/audit-agents?agent_id=agent_1');
  await call('POST /api/audit-agents', { action: 'cleanup_orphaned', older_than_days: 0 });
  await call('POST /api/audit-agents', { action: 'restore', agent_ids: ['agent_1'] });
  await call(SYNC, { agent_id: 'agent_2' });
  await call('POST /api/audit-agents', { action: 'acknowledge', agent_ids: ['agent_1'] });
  await call('POST /api/sync-runs/1/undo', {});
  await call('POST /api/scheduled-sync');
  await call('GET /api/scheduled-sync?action=status');
  for (const path of ['sync-runs', 'sync-runs/1', 'agents', 'openapi.json', 'health']) await call(`GET /api/${path}`);
  await deliver({ type: 'agent.updated', data: { agent_id: 'agent_1', note: 'canary-person-note' } });
  for (const event of ['call_ended', 'call_analyzed', 'transcript_updated'])
    await deliver(conversation(event, 'agent_9'));
  await deliver({ event: 'chat_ended', chat: { agent_id: 'agent_8', transcript: 'canary-person-chat' } });
  await invoke();
}

async function badInput(): Promise<void> {
  const json = { 'content-type': 'application/json' };
  await call(SYNC, '{"canary-person-cut": "off', json);
  await call(SYNC, 'canary-person-form=1', { 'content-type': 'application/x-www-form-urlencoded' });
  await call(SYNC, '{}', { authorization: 'Bearer canary-secret-wrong' });
  await deliver('{"event": "call_ended", "call": {"transcript": "canary-person-cut');
  await deliver(conversation('call_ended', 'agent_1'), 'canary-secret-wrong');
  await deliver({ type: 'agent.updated', data: { agent_id: 'no/canary-person-id' } });
}

async function failures(): Promise<void> {
  const message = `No ${API_KEY} here`;
  const end = simulator.fault({
    match: {},
    respond: { kind: 'response', status: 401, body: { status: 'error', message } },
  });
  await everyRoute();
  end();

  await admin.query(`create function refuse() returns trigger language plpgsql as $$ begin
    raise exception 'refused' using errcode = 'XX000', detail = 'canary-row-detail', hint = 'canary-row-hint'; end $$`);
  simulator.account.addAgent({ agent_id: 'agent_9', agent_name: 'Bob', published: true });
  for (const table of ['interviewer', 'voice_agent_sync.run']) {
    await admin.query(
      `create trigger refuse before insert or update on ${table} for each row execute function refuse()`,
    );
    await everyRoute();
    await admin.query(`drop trigger refuse on ${table}`);
  }

  await admin.query(`alter table interviewer add unique (name)`);
  simulator.account.addAgent({ agent_id: 'agent_10', agent_name: 'Bob', published: true });
  await everyRoute();

  await admin.query('alter table voice_agent_sync.run rename column message to canary_row_column');
  await everyRoute();
  await admin.query('alter table voice_agent_sync.run rename column canary_row_column to message');

  await services().close();
  configure({ DATABASE_URL: DATABASE_URL.replace('canary-secret-database', 'canary-secret-old-password') });
  await everyRoute();
  await services().close();
  configure({ DATABASE_URL: DATABASE_URL.replace(/@[^/]+/, '@127.0.0.1:1') });
  await everyRoute();
  answers.push(await applyMigrations({ forMs: 0, pauseMs: 0 }).catch(String));
}

await everyRoute();
await badInput();
await failures();
await services().close();
await admin.end();
await simulator.close();
await writeFile(process.argv[2] ?? '', JSON.stringify(answers));
