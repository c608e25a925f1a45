/** A program that runs one sync, for tests of a process's log and of kills. */
import { handler } from '../../functions/sync/index.ts';
import { parseConfig } from '../../shared/config.ts';
import { createTransport } from '../../shared/retell/transport.ts';
import { composeServices, provideServices } from '../../shared/services.ts';
import { httpEvent, testContext } from './events.ts';
import { hurriedClock, testRetell } from './simulator.ts';

/** Milliseconds that a request to Retell takes on the client's clock. */
const { REQUEST_MS, ...environment } = process.env;
if (REQUEST_MS !== undefined) provideSlowRetell(Number(REQUEST_MS));

await handler(httpEvent({ method: 'POST', path: '/api/sync-retell-agents' }), testContext());

function provideSlowRetell(ms: number): void {
  const config = parseConfig(environment);
  const clock = hurriedClock();
  const send = createTransport();
  const retell = testRetell(
    { url: environment['RETELL_BASE_URL'] ?? '' },
    {
      concurrency: config.retellConcurrency,
      clock,
      async transport(url, init) {
        const response = await send(url, init);
        clock.pass(ms);
        return response;
      },
    },
  );
  provideServices(composeServices(config, { retell }));
}
