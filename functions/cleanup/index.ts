/** `POST /api/audit-agents`: cleanup, restore and acknowledge; `POST /api/sync-runs/{id}/undo`. */
import { cleanupEndpoints } from '../../shared/api/cleanup.ts';
import { undoEndpoints } from '../../shared/api/undo.ts';
import { lambdaHandler } from '../../shared/http/handler.ts';
import { route } from '../../shared/http/route.ts';
import { type Services, services } from '../../shared/services.ts';
import { acknowledge } from '../../shared/sync/agents.ts';
import { cleanup } from '../../shared/sync/cleanup.ts';
import { restore } from '../../shared/sync/restore.ts';
import { undo } from '../../shared/sync/undo.ts';

export const handler = lambdaHandler<Services>({
  services,
  routes: [
    route(cleanupEndpoints.cleanup).to(async ({ body, services, remainingMs }) => {
      if (body.action === 'acknowledge') return { status: 200, body: await acknowledge(services, body) };
      const run = { trigger: 'manual', remainingMs } as const;
      if (body.action === 'restore') return { status: 200, body: await restore(services, { ...body, ...run }) };
      return { status: 200, body: await cleanup(services, { ...body, ...run, confirm: body.confirm }) };
    }),
    route(undoEndpoints.undoRun).to(async ({ path: { id }, body, services, remainingMs }) => {
      const request = { ...body, id, confirm: body.confirm, trigger: 'manual', remainingMs } as const;
      return { status: 200, body: await undo(services, request) };
    }),
  ],
});
