/** The built assets of the synthesized app, run as in Lambda, while a dependency fails. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { ENVIRONMENT, METRICS, SECRET_PLACEHOLDER } from '../../shared/contract.ts';
import { AUDIT, HEALTH, SYNC, useDeployedSystem } from '../support/deployed-system.ts';
import { httpEvent, schedulerEvent } from '../support/events.ts';
import { adminQuery } from '../support/postgres.ts';

const system = useDeployedSystem();

describe('the deployed functions recover when', () => {
  test('[O1] the password of the database was rotated', async () => {
    expect((await system.request(HEALTH)).status).toBe(200);
    await system.roles.rotate();
    await system.roles.dropConnections();
    expect((await system.request(HEALTH)).status).toBe(200);
  });

  test('the API key was rotated', async () => {
    expect((await system.request(SYNC)).status).toBe(200);
    system.simulator.replaceKey('key_rotated_0123456789');
    system.aws.secrets.set(system.secretArn(ENVIRONMENT.retellApiKeySecretArn), 'key_rotated_0123456789');
    expect((await system.request(SYNC)).status).toBe(200);
    expect(system.output()).not.toContain('key_rotated_0123456789');
  });

  test.each([
    ['the API key was never put in', 'retellApiKeySecretArn', SECRET_PLACEHOLDER],
    ['the API key is gone', 'retellApiKeySecretArn', undefined],
    ['the database secret is broken', 'databaseSecretArn', '{"host":"h","password":"half-a-secret'],
  ] as const)('%s', async (_, variable, text) => {
    const arn = system.secretArn(ENVIRONMENT[variable]);
    if (text === undefined) system.aws.secrets.delete(arn);
    else system.aws.secrets.set(arn, text);
    const { status, body } = await system.request(SYNC);
    expect({ status, body }).toMatchObject({ status: 503, body: { code: 'secret_unavailable' } });
    expect(String(body['error'])).toContain(ENVIRONMENT[variable]);
    expect(system.output()).toMatch(/"SyncFailures":1/);
    expect(system.output()).not.toContain('half-a-secret');
  });

  test('[A2] a webhook signed with the placeholder is refused', async () => {
    system.aws.secrets.set(system.secretArn(ENVIRONMENT.retellApiKeySecretArn), SECRET_PLACEHOLDER);
    const forged = { type: 'agent.created', data: { agent_id: 'agent_lisa' } };
    expect(await system.webhook(forged, SECRET_PLACEHOLDER)).toMatchObject({ status: 503 });
  });

  test('[L8] Secrets Manager throttles a cold start, and then a warm container', async () => {
    system.aws.fault = { kind: 'error', type: 'ThrottlingException' };
    expect(await system.request(SYNC)).toMatchObject({ status: 503, body: { code: 'secret_unavailable' } });
    system.aws.fault = null;
    expect((await system.request(SYNC)).status).toBe(200);
    system.aws.fault = { kind: 'error', type: 'ThrottlingException' };
    expect((await system.request(SYNC)).status).toBe(200);
  });

  test('EventBridge refuses', async () => {
    const warm = await system.request(AUDIT);
    expect(warm.status).toBe(200);
    system.aws.fault = { kind: 'refuse_entries', code: 'InternalFailure' };
    expect((await system.request(SYNC)).status).toBe(200);
    expect(system.metric(METRICS.eventPublishFailures)).toEqual([expect.any(Number)]);
    expect(await system.activeNames()).toHaveLength(2);
  });

  test('[L6] a container thaws with a dead connection', async () => {
    expect((await system.request(HEALTH)).status).toBe(200);
    const container = await system.container('ConsoleFunction');
    container.freeze();
    await system.roles.dropConnections();
    container.thaw();
    expect((await system.request(HEALTH)).status).toBe(200);
  });

  test('[L3] an invocation is delivered twice, at the same time', async () => {
    const event = schedulerEvent();
    const containers = await Promise.all([
      system.startContainer('ScheduledSyncFunction'),
      system.startContainer('ScheduledSyncFunction'),
    ]);
    const results = await Promise.all(containers.map((container) => container.invoke(event)));
    expect(results).toMatchObject([{ kind: 'response' }, { kind: 'response' }]);
    expect(await system.activeNames()).toEqual(['Empathetic Bob', 'Explorer Lisa']);
    expect((await system.runs()).map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
  });

  test('[D8] the database fails over: it becomes read-only, then refuses connections, then is back', async () => {
    const name = new URL(system.database.url).pathname.slice(1);
    const unavailable = { status: 503, body: { code: 'database_unavailable' } };
    expect((await system.request(SYNC)).status).toBe(200);
    await adminQuery(`alter database ${name} set default_transaction_read_only = on`);
    await system.roles.dropConnections();
    expect(await system.request(SYNC)).toMatchObject(unavailable);
    await adminQuery(`alter database ${name} with allow_connections false`);
    await system.roles.dropConnections();
    expect(await system.request(SYNC)).toMatchObject(unavailable);
    await adminQuery(`alter database ${name} with allow_connections true`);
    await adminQuery(`alter database ${name} reset default_transaction_read_only`);
    expect((await system.request(SYNC)).status).toBe(200);
  });

  test('[L3] a scheduled run fails with an error, so that Lambda tries again', async () => {
    system.simulator.fault({ match: {}, respond: { kind: 'response', status: 402 } });
    const scheduled = await system.container('ScheduledSyncFunction');
    expect(await scheduled.invoke(schedulerEvent())).toMatchObject({
      kind: 'error',
      // Resolved by the source map.
      payload: { trace: expect.arrayContaining([expect.stringMatching(/shared\/[\w/-]+\.ts:\d+/)]) },
    });
    expect(system.metric(METRICS.syncFailures)).toEqual([1]);
  });
});

describe('a run whose time ends while it writes', () => {
  // Six seconds are reserved for writing; the rest is enough to read three agents.
  const timeoutMs = 7_500;
  let holder: Client;
  /** Locks the last table that a sync writes to: at that point the interviewers are written, but not committed. */
  beforeEach(async () => {
    holder = new Client(system.database.url);
    await holder.connect();
    await holder.query('begin; lock table voice_agent_sync.skip_list in share mode');
  });
  afterEach(() => holder.end());

  const names = async () =>
    (await system.database.query('select name from interviewer order by 1')).map(({ name }) => name);
  const waiting = () =>
    system.database.query(
      "select query from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
  const everyName = ['Empathetic Bob', 'Explorer Lisa'];
  const lastWrite = [{ query: expect.stringContaining('insert into voice_agent_sync.skip_list') }];

  test('[L2] and that is killed leaves no partial writes; the next run does everything, and the history shows both', async () => {
    const killed = await system.container('ScheduledSyncFunction');
    // A warm start, because the time is measured from here.
    await killed.invoke(httpEvent({ method: 'POST', path: '/api/scheduled-sync' }));
    expect(await killed.invoke(schedulerEvent(), { timeoutMs })).toMatchObject({
      kind: 'error',
      payload: { errorMessage: expect.stringMatching(/Task timed out after 7.50 seconds$/) },
    });
    expect(await waiting()).toEqual(lastWrite);
    await holder.query('rollback');
    expect(await names()).toEqual([]);

    const next = await system.container('ScheduledSyncFunction');
    expect(next).not.toBe(killed);
    expect(await next.invoke(schedulerEvent())).toMatchObject({
      kind: 'response',
      payload: { sync_result: { health_score: 100, counts: { created: 2, errors: 0 } } },
    });
    expect(await names()).toEqual(everyName);
    await system.database.query("update voice_agent_sync.run set started_at = started_at - interval '21 minutes'");
    await next.invoke(schedulerEvent());
    expect(await system.database.query('select status, error_code from voice_agent_sync.run order by id')).toEqual([
      { status: 'failed', error_code: 'died' },
      { status: 'succeeded', error_code: null },
      { status: 'succeeded', error_code: null },
    ]);
  }, 30_000);

  test('[L1] gives its caller a response in time; the frozen run continues with the next request', async () => {
    expect(await system.request({ ...SYNC, body: { dry_run: true } })).toMatchObject({ status: 200 });
    expect(await system.request({ ...SYNC, timeoutMs })).toMatchObject({ status: 503, body: { code: 'timeout' } });
    const container = await system.container('SyncFunction');
    container.freeze();
    expect(await waiting()).toEqual(lastWrite);
    await holder.query('rollback');
    expect(await names()).toEqual([]);
    container.thaw();
    expect(await system.request(SYNC)).toMatchObject({ status: 200, body: { health_score: 100 } });
    expect(await names()).toEqual(everyName);
    expect((await system.runs()).map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
  }, 30_000);
});
