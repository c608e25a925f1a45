/** `POST /api/audit-agents`: cleanup and restore. */
import { endpoint } from '../../shared/http/endpoint.ts';
import { lambdaHandler } from '../../shared/http/handler.ts';
import { jsonBody } from '../../shared/http/json-body.ts';
import { AuditAction, Nothing } from '../../shared/http/schemas.ts';
import { type Services, services } from '../../shared/services.ts';
import { cleanup } from '../../shared/sync/cleanup.ts';
import { restore } from '../../shared/sync/restore.ts';

export const handler = lambdaHandler<Services>({
  services,
  routes: {
    'POST /api/audit-agents': endpoint({
      body: jsonBody(AuditAction),
      query: Nothing,
      async respond({ body, request: { remainingMs }, log }, services) {
        const options = { ...body, trigger: 'manual' as const, remainingMs };
        if (options.action === 'restore') return { status: 200, body: await restore({ ...services, log }, options) };
        const { confirm } = options;
        return { status: 200, body: await cleanup({ ...services, log }, { ...options, confirm }) };
      },
    }),
  },
});
