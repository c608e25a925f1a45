/** `POST /api/scheduled-sync`, the EventBridge schedule, and the continuation of a sync that had no time to finish. */
import { endpoint } from '../../shared/http/endpoint.ts';
import { lambdaHandler } from '../../shared/http/handler.ts';
import { jsonBody } from '../../shared/http/json-body.ts';
import { Nothing, parseDirectInvocation } from '../../shared/http/schemas.ts';
import { type Services, services } from '../../shared/services.ts';
import { scheduledSync } from '../../shared/sync/scheduled-sync.ts';

export const handler = lambdaHandler<Services>({
  services,
  routes: {
    'POST /api/scheduled-sync': endpoint({
      body: jsonBody(Nothing),
      query: Nothing,
      async respond({ request, log }, services) {
        const { remainingMs } = request;
        const { answer, failure } = await scheduledSync(
          { ...services, log },
          {
            trigger: 'manual',
            full: false,
            confirm_orphans: false,
            remainingMs,
          },
        );
        if (failure !== null) throw failure;
        return { status: answer.sync_result.partial ? 202 : 200, body: answer };
      },
    }),
  },
  async direct({ event, remainingMs, log }, services) {
    const invocation = parseDirectInvocation(event);
    const { answer } = await scheduledSync({ ...services, log }, { ...invocation, remainingMs });
    return answer;
  },
});
