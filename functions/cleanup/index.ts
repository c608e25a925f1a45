/** `POST /api/audit-agents`: cleanup and restore. */
import { cleanupEndpoints } from '../../shared/api/cleanup.ts';
import { lambdaHandler } from '../../shared/http/handler.ts';
import { route } from '../../shared/http/route.ts';
import { type Services, services } from '../../shared/services.ts';
import { cleanup } from '../../shared/sync/cleanup.ts';
import { restore } from '../../shared/sync/restore.ts';

export const handler = lambdaHandler<Services>({
  services,
  routes: [
    route(cleanupEndpoints.cleanup).to(async ({ body, services, remainingMs }) => {
      const run = { trigger: 'manual', remainingMs } as const;
      if (body.action === 'restore') return { status: 200, body: await restore(services, { ...body, ...run }) };
      return { status: 200, body: await cleanup(services, { ...body, ...run, confirm: body.confirm }) };
    }),
  ],
});
