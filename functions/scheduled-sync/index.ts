/** `/api/scheduled-sync`, the EventBridge schedule, and the continuation of a sync that had no time to finish. */

import { ROUTES } from '../../shared/contract.ts';
import { endpoint } from '../../shared/http/endpoint.ts';
import { lambdaHandler } from '../../shared/http/handler.ts';
import { jsonBody } from '../../shared/http/json-body.ts';
import { Nothing, parseDirectInvocation, ScheduledSyncQuery } from '../../shared/http/schemas.ts';
import { type Services, services } from '../../shared/services.ts';
import { readStatus } from '../../shared/sync/run-history.ts';
import { scheduledSync } from '../../shared/sync/scheduled-sync.ts';

export const handler = lambdaHandler<Services>({
  services,
  routes: {
    'POST /api/scheduled-sync': endpoint({
      body: jsonBody(Nothing),
      query: Nothing,
      async respond({ request, log }, services) {
        const { remainingMs } = request;
        const { report, failure } = await scheduledSync(
          { ...services, log },
          {
            trigger: 'manual',
            full: false,
            confirm_orphans: false,
            remainingMs,
          },
        );
        if (failure !== null) throw failure;
        return { status: report.sync_result.partial ? 202 : 200, body: report };
      },
    }),
    'GET /api/scheduled-sync': endpoint({
      query: ScheduledSyncQuery,
      async respond({ query }, services) {
        if (query.action === 'status')
          return { status: 200, body: { success: true, status: await readStatus(services) } };
        return { status: 200, body: describeEndpoint() };
      },
    }),
  },
  async direct({ event, remainingMs, log }, services) {
    const invocation = parseDirectInvocation(event);
    const { report } = await scheduledSync({ ...services, log }, { ...invocation, remainingMs });
    return report;
  },
});

function describeEndpoint(): object {
  return {
    success: true,
    message: 'Scheduled sync: sync, then audit.',
    actions: {
      'POST /api/scheduled-sync': 'sync and audit now',
      'GET /api/scheduled-sync?action=status': 'health and its trend, without asking Retell',
    },
    endpoints: ROUTES.map(({ method, path }) => `${method} ${path}`),
  };
}
