/** The webhook handler with events that bring nothing new, beside an empty handler. */
import { handler as webhook } from '../../../functions/webhook/index.ts';
import { loadConfig } from '../../../shared/config.ts';
import { composeServices, provideServices } from '../../../shared/services.ts';
import { testContext } from '../../support/events.ts';
import { WebhookTask } from '../measurement.ts';
import { median } from '../statistics.ts';
import { serveTask, timed } from './measured.ts';
import { signedEvent } from './signed-event.ts';

type Handler = (event: unknown, context: ReturnType<typeof testContext>) => Promise<unknown>;

const empty: Handler = () => Promise.resolve({ statusCode: 200, body: '{}' });

serveTask(WebhookTask, async ({ agent_ids, events }) => {
  const services = composeServices(loadConfig());
  provideServices(services);
  // The first events compile and connect.
  await medianTime(webhook, agent_ids, 500);
  const empty_ms = await medianTime(empty, agent_ids, events);
  const before = services.database.statements();
  const ms = await medianTime(webhook, agent_ids, events);
  const statements = (services.database.statements() - before) / events;
  await services.close();
  return { ms, empty_ms, statements };
});

async function medianTime(handler: Handler, agent_ids: readonly string[], events: number): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < events; index += 1) {
    const event = await signedEvent({ agent_id: agent_ids[index % agent_ids.length] ?? '', agent_version: 0 });
    const { ms, result } = await timed(() => handler(event, testContext()));
    const text = JSON.stringify(result);
    if (!text.includes('"statusCode":200')) throw new Error(`A webhook got ${text}`);
    times.push(ms);
  }
  return median(times);
}
