/** `POST /api/sync-retell-agents` */
import { endpoint } from '../../shared/http/endpoint.ts';
import { lambdaHandler } from '../../shared/http/handler.ts';
import { jsonBody } from '../../shared/http/json-body.ts';
import { Nothing, SyncBody } from '../../shared/http/schemas.ts';
import { type Services, services } from '../../shared/services.ts';
import { orphanGuardError } from '../../shared/sync/guard-errors.ts';
import { sync } from '../../shared/sync/sync.ts';

export const handler = lambdaHandler<Services>({
  services,
  routes: {
    'POST /api/sync-retell-agents': endpoint({
      body: jsonBody(SyncBody),
      query: Nothing,
      async respond({ body, request, log }, services) {
        const { remainingMs } = request;
        const { report, held_back } = await sync(
          { ...services, log },
          { ...body, kind: 'sync', trigger: 'manual', remainingMs },
        );
        if (held_back !== null && !body.dry_run) throw orphanGuardError(held_back, report);
        // What there was no time for goes on by itself: the run tells how far it is.
        return { status: report.partial && !body.dry_run ? 202 : 200, body: report };
      },
    }),
  },
});
