/** Run by killed-run-errors.test.ts in a process of its own, which is killed during the sync. */
import { handler } from '../../functions/sync/index.ts';
import { httpEvent, testContext } from '../support/events.ts';

await handler(httpEvent({ method: 'POST', path: '/api/sync-retell-agents' }), testContext());
