/** A program that runs one sync, for tests of a process's log and of kills. */
import { handler } from '../../functions/sync/index.ts';
import { httpEvent, testContext } from './events.ts';

await handler(httpEvent({ method: 'POST', path: '/api/sync-retell-agents' }), testContext());
