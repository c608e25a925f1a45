/** `POST /api/scheduled-sync`, the EventBridge schedule, and the continuation of a partial sync. */
import { scheduledSyncEndpoints } from '../../shared/api/scheduled-sync.ts';
import { lambdaHandler } from '../../shared/http/handler.ts';
import { route } from '../../shared/http/route.ts';
import { type Services, services } from '../../shared/services.ts';
import { continuationOf, scheduledSync } from '../../shared/sync/sync.ts';
import { readEvent } from './read-event.ts';

export const handler = lambdaHandler<Services>({
  services,
  routes: [
    route(scheduledSyncEndpoints.scheduledSync).to(async ({ services, remainingMs }) => {
      const request = { trigger: 'manual', full: false, confirm_orphans: false, remainingMs } as const;
      const { report, failure } = await scheduledSync(services, request);
      if (failure !== null) throw failure;
      return { status: report.sync_result.partial ? 202 : 200, body: report };
    }),
  ],
  async onEvent({ event, services, remainingMs }) {
    const requested = readEvent(event);
    const request =
      requested.kind === 'schedule'
        ? ({ trigger: 'schedule', full: false, confirm_orphans: false } as const)
        : await continuationOf(services, requested.run_id);
    if (request === null) return { success: true, message: 'A later run continued this sync already' };
    const { report } = await scheduledSync(services, { ...request, remainingMs });
    return report;
  },
});
