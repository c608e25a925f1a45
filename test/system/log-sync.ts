/** Run by sync-log.test.ts in a process of its own: runs the tasks that its arguments name. */
import { handler as audit } from '../../functions/audit/index.ts';
import { handler as scheduledSync } from '../../functions/scheduled-sync/index.ts';
import { handler as sync } from '../../functions/sync/index.ts';
import { httpEvent, testContext } from '../support/events.ts';

const headers = { authorization: `Bearer ${process.env['SYNC_AUTH_TOKEN']}` };
const tasks: Readonly<Record<string, () => Promise<unknown>>> = {
  sync: () => sync(httpEvent({ method: 'POST', path: '/api/sync-retell-agents', headers }), testContext()),
  audit: () => audit(httpEvent({ path: '/api/audit-agents', headers }), testContext()),
  // A direct invocation that fails throws; only its log matters here.
  schedule: () => scheduledSync({}, testContext()).catch(() => undefined),
};
for (const task of process.argv.slice(2)) await tasks[task]?.();
