/** The webhook handler beside an empty one. */
import { handler as webhook } from '../../../functions/webhook/index.ts';
import { callEvent } from '../../../infra/local/retell-simulator/events.ts';
import { signWebhook } from '../../../infra/local/retell-simulator/webhooks.ts';
import { loadConfig } from '../../../shared/config.ts';
import { composeServices, provideServices } from '../../../shared/services.ts';
import { httpEvent, testContext } from '../../support/events.ts';
import { WebhookTask } from '../measurement.ts';
import { percentile } from '../statistics.ts';
import { serveTask, timed } from './measured.ts';

type Handler = (event: unknown, context: ReturnType<typeof testContext>) => Promise<unknown>;

const AT_ONCE = [1, 10, 50];
const empty: Handler = () => Promise.resolve({ statusCode: 200, body: '{}' });

serveTask(WebhookTask, async ({ agent_ids, key, events }) => {
  const services = composeServices(loadConfig());
  provideServices(services);
  const known = await signedEvents(agent_ids, 0, key, events);
  const news = await signedEvents(agent_ids, 7, key, agent_ids.length);
  // The first events compile and connect.
  await latencies(webhook, known.slice(0, 500));
  const counted = async (handler: Handler, deliveries: readonly unknown[]) => {
    const before = services.database.statements();
    const times = await latencies(handler, deliveries);
    return { times: summary(times), statements: (services.database.statements() - before) / deliveries.length };
  };
  const began = performance.now();
  const idle = await counted(empty, known);
  const ignored = await counted(webhook, known);
  const read = await counted(webhook, news);
  const rates = [];
  for (const at_once of AT_ONCE) {
    const { ms } = await timed(() => deliver(known, at_once));
    rates.push({ at_once, per_second: (1000 * known.length) / ms });
  }
  await services.close();
  return {
    ms: performance.now() - began,
    empty: idle.times,
    known: ignored.times,
    news: read.times,
    rates,
    statements_known: ignored.statements,
    statements_news: read.statements,
  };
});

async function signedEvents(agent_ids: readonly string[], version: number, key: string, count: number) {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const agent = { agent_id: agent_ids[index % agent_ids.length] ?? '', agent_version: version };
      const body = JSON.stringify(callEvent('call_started', agent));
      const headers = { 'content-type': 'application/json', 'x-retell-signature': await signWebhook(body, key) };
      return httpEvent({ method: 'POST', path: '/api/retell-webhook', body, headers });
    }),
  );
}

async function latencies(handler: Handler, deliveries: readonly unknown[]): Promise<number[]> {
  const times: number[] = [];
  for (const event of deliveries) {
    const { ms, result } = await timed(() => handler(event, testContext()));
    refuseFailure(result);
    times.push(ms);
  }
  return times;
}

async function deliver(deliveries: readonly unknown[], atOnce: number): Promise<void> {
  const queue = deliveries.values();
  const worker = async () => {
    for (const event of queue) refuseFailure(await webhook(event, testContext()));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function refuseFailure(result: unknown): void {
  const text = JSON.stringify(result);
  if (!text.includes('"statusCode":200')) throw new Error(`A webhook got ${text}`);
}

function summary(times: readonly number[]): { p50_ms: number; p99_ms: number } {
  return { p50_ms: percentile(times, 0.5), p99_ms: percentile(times, 0.99) };
}
