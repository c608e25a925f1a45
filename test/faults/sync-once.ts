/** Run by killed-run.test.ts in a process of its own, which does not live to see the end of its sync. */
import { handler } from '../../functions/sync/index.ts';
import { httpEvent, testContext } from '../support/events.ts';

await handler(httpEvent({ method: 'POST', path: '/api/sync-retell-agents' }), testContext());
