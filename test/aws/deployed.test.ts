/** The built assets of the synthesized app, run as in Lambda. */
import { describe, expect, test } from '@jest/globals';
import { METRICS } from '../../shared/contract.ts';
import { AUDIT, CLEANUP, HEALTH, SYNC, useDeployedSystem } from '../support/deployed-system.ts';
import { busEvent } from '../support/events.ts';
import { synthesize } from '../support/synthesized.ts';

const system = useDeployedSystem();

describe('in the deployed functions', () => {
  test('health needs no token, and says that the database is reachable', async () => {
    expect(await system.request({ ...HEALTH, headers: { authorization: '' } })).toMatchObject({
      status: 200,
      body: { success: true },
    });
  });

  test('a sync writes the rows, the metrics and the events', async () => {
    const { status, body } = await system.request(SYNC);
    expect({ status, body }).toMatchObject({ status: 200, body: { success: true, health_score: 100, partial: false } });
    expect(await system.activeNames()).toEqual(['Empathetic Bob', 'Explorer Lisa']);
    expect(system.aws.events.map(({ DetailType }) => DetailType)).toContain('SyncCompleted');
    const counted = {
      [METRICS.healthScore]: [100],
      [METRICS.syncState]: [0],
      [METRICS.syncDiscrepancies]: [0],
      [METRICS.voiceEnabledAgents]: [3],
      [METRICS.activeAgents]: [2],
      [METRICS.orphanedAgents]: [0],
      [METRICS.syncDuration]: [body['duration_ms']],
      [METRICS.retellCalls]: [body['retell_calls']],
      [METRICS.syncSuccesses]: [1],
      [METRICS.syncFailures]: [0],
      [METRICS.orphanGuardTripped]: [0],
    };
    expect(Object.fromEntries(Object.values(METRICS).map((name) => [name, system.metric(name)]))).toEqual({
      [METRICS.webhookRejected]: [],
      [METRICS.unauthorizedRequests]: [],
      [METRICS.eventPublishFailures]: [],
      ...counted,
    });
    expect(system.output()).toContain('"service":"voice-agent-sync-deployment"');
  });

  test('an audit scores what is out of sync', async () => {
    const { status, body } = await system.request(AUDIT);
    expect(status).toBe(200);
    expect(body['audit_report']).toMatchObject({ health_score: 0, summary: { sync_discrepancies: 2 } });
  });

  test('a cleanup and the history respond', async () => {
    expect(await system.request(CLEANUP)).toMatchObject({ status: 200 });
    await system.request(SYNC);
    expect(await system.request({ path: '/api/sync-runs' })).toMatchObject({ status: 200 });
    expect(await system.request({ path: '/api/scheduled-sync?action=status' })).toMatchObject({
      status: 200,
      body: { status: { health_score: 100 } },
    });
  });

  test('the schedule invokes the function itself', async () => {
    const scheduled = await system.container('ScheduledSyncFunction');
    const { scheduled: input } = await synthesize();
    expect(await scheduled.invoke(input)).toMatchObject({
      kind: 'response',
      payload: { success: true },
    });
    expect(await system.runs()).toEqual([{ trigger: 'schedule', status: 'succeeded' }]);
  });

  test('a signed webhook syncs its agent, and a forged webhook causes no call to Retell', async () => {
    const event = { type: 'agent.created', data: { agent_id: 'agent_lisa' } };
    expect(await system.webhook(event, 'key_of_somebody_else')).toMatchObject({ status: 401 });
    expect(system.simulator.requests.count()).toBe(0);
    expect(system.metric(METRICS.webhookRejected)).toEqual([1]);
    expect(await system.webhook(event)).toMatchObject({ status: 200 });
    expect(await system.activeNames()).toEqual(['Explorer Lisa']);
  });

  test('the page and its files are served', async () => {
    const { status, text } = await system.request({ path: '/', headers: { authorization: '' } });
    expect(status).toBe(200);
    const files = [...text.matchAll(/(?:src|href)="(assets\/[^"]*)"/g)].map(([, path = '']) => `/${path}`);
    expect(files).toEqual([expect.stringMatching(/\.css$/), expect.stringMatching(/\.js$/)]);
    for (const path of files) {
      for (const encoding of ['identity', 'gzip']) {
        const headers = { authorization: '', 'accept-encoding': encoding };
        expect(await system.request({ path, headers })).toMatchObject({ status: 200 });
      }
    }
  });

  test('a request without a route gets the 404 of the service', async () => {
    expect(await system.request({ path: '/wp-admin' })).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});

describe('a sync without time to finish', () => {
  test('[L11] responds 202 with its run and requests a continuation, which finishes it', async () => {
    system.simulator.seed(300);
    system.simulator.setLatency(80);
    const { status, body } = await system.request({ ...SYNC, timeoutMs: 8_000 });
    expect({ status, body }).toMatchObject({ status: 202, body: { partial: true, run_id: expect.any(Number) } });
    const asked = system.aws.events.find(({ DetailType }) => DetailType === 'SyncContinuationRequested');
    system.simulator.setLatency(0);
    const scheduled = await system.container('ScheduledSyncFunction');
    const event = busEvent('SyncContinuationRequested', JSON.parse(asked?.Detail ?? '{}'));
    expect(await scheduled.invoke(event)).toMatchObject({ kind: 'response', payload: { success: true } });
    expect(await system.activeNames()).toHaveLength(302);
    expect(await system.runs()).toEqual([
      { trigger: 'manual', status: 'partial' },
      { trigger: 'continuation', status: 'succeeded' },
    ]);
  }, 30_000);
});
