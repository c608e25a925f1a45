/** `POST /api/sync-retell-agents` */
import { syncEndpoints } from '../../shared/api/sync.ts';
import { lambdaHandler } from '../../shared/http/handler.ts';
import { route } from '../../shared/http/route.ts';
import { type Services, services } from '../../shared/services.ts';
import { orphanGuardError } from '../../shared/sync/guard.ts';
import { sync } from '../../shared/sync/sync.ts';
import { syncAgent } from '../../shared/sync/sync-agent.ts';

export const handler = lambdaHandler<Services>({
  services,
  routes: [
    route(syncEndpoints.sync).to(async ({ body: { agent_id, ...body }, services, remainingMs }) => {
      const request = { ...body, trigger: 'manual', remainingMs } as const;
      const { report, blocked } =
        agent_id === undefined
          ? await sync(services, { ...request, kind: 'sync' })
          : await syncAgent(services, { ...request, agent_id });
      if (blocked !== null && !body.dry_run) throw orphanGuardError(blocked, report);
      // A continuation or the next sync does the rest of a partial one; the runs show the progress.
      return { status: report.partial && !body.dry_run ? 202 : 200, body: report };
    }),
  ],
});
