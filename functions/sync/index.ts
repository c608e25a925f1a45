/** `POST /api/sync-retell-agents` */
import { endpoint } from '../../shared/http/endpoint.ts';
import { lambdaHandler } from '../../shared/http/handler.ts';
import { jsonBody } from '../../shared/http/json-body.ts';
import { Nothing, SyncBody } from '../../shared/http/schemas.ts';
import { type Services, services } from '../../shared/services.ts';
import { orphanGuardError } from '../../shared/sync/guard-error.ts';
import { sync } from '../../shared/sync/sync.ts';

export const handler = lambdaHandler<Services>({
  services,
  routes: {
    'POST /api/sync-retell-agents': endpoint({
      body: jsonBody(SyncBody),
      query: Nothing,
      async respond({ body, request, log }, services) {
        const { remainingMs } = request;
        const { report, blocked } = await sync(
          { ...services, log },
          { ...body, kind: 'sync', trigger: 'manual', remainingMs },
        );
        if (blocked !== null && !body.dry_run) throw orphanGuardError(blocked, report);
        // What there was no time for goes on by itself: the run tells how far it is.
        return { status: report.partial && !body.dry_run ? 202 : 200, body: report };
      },
    }),
  },
});
