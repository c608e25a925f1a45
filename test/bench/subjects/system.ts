/** The system itself, through its Lambda handlers, with services composed from the environment as on AWS. */
import * as v from 'valibot';
import { handler as scheduledSync } from '../../../functions/scheduled-sync/index.ts';
import { handler as sync } from '../../../functions/sync/index.ts';
import { loadConfig } from '../../../shared/config.ts';
import { type DomainEvent, EVENTS } from '../../../shared/contract.ts';
import { composeServices, provideServices, type Services } from '../../../shared/services.ts';
import { busEvent, httpEvent, schedulerEvent, testContext } from '../../support/events.ts';
import { type Measurement, SystemTask } from '../measurement.ts';
import { serveTask, timed } from './measured.ts';

serveTask(SystemTask, async (task) => {
  const events: DomainEvent[] = [];
  const services = compose(events);
  const { ms, result } = await timed(() => invoke(task));
  const statements = services.database.statements();
  await services.close();
  return { ms, statements, ...answerOf(result, events) };
});

/** Events are collected, not sent: only the system is measured. */
function compose(events: DomainEvent[]): Services {
  const publish = (published: readonly DomainEvent[]) => {
    events.push(...published);
    return Promise.resolve(0);
  };
  const services = composeServices(loadConfig(), { events: { publish } });
  provideServices(services);
  return services;
}

function invoke({ invoke, remaining_ms, detail }: v.InferOutput<typeof SystemTask>): Promise<unknown> {
  const context = testContext(remaining_ms);
  switch (invoke) {
    case 'sync':
      return sync(httpEvent({ method: 'POST', path: '/api/sync-retell-agents' }), context);
    case 'scheduled':
      return scheduledSync(schedulerEvent(), context);
    case 'continuation':
      return scheduledSync(busEvent(EVENTS.syncContinuationRequested, detail), context);
    default:
      return invoke satisfies never;
  }
}

const HttpAnswer = v.object({ statusCode: v.picklist([200, 202]), body: v.string() });
const Counted = v.object({ partial: v.boolean(), counts: v.object({ errors: v.number() }) });
const Body = v.union([
  Counted,
  v.pipe(
    v.object({ sync_result: Counted }),
    v.transform(({ sync_result }) => sync_result),
  ),
]);

function answerOf(
  result: unknown,
  events: readonly DomainEvent[],
): Pick<Measurement, 'partial' | 'errors' | 'continuation'> {
  const http = v.safeParse(HttpAnswer, result);
  const { partial, counts } = v.parse(Body, http.success ? JSON.parse(http.output.body) : result);
  const asked = events.find(({ name }) => name === EVENTS.syncContinuationRequested);
  return {
    partial,
    errors: counts.errors,
    continuation: asked?.detail ?? null,
  };
}
