/** `GET /api/audit-agents` */
import { endpoint } from '../../shared/http/endpoint.ts';
import { lambdaHandler } from '../../shared/http/handler.ts';
import { AuditQuery } from '../../shared/http/schemas.ts';
import { type Services, services } from '../../shared/services.ts';
import { audit } from '../../shared/sync/audit.ts';
import { explainAgent } from '../../shared/sync/explain-agent.ts';

export const handler = lambdaHandler<Services>({
  services,
  routes: {
    'GET /api/audit-agents': endpoint({
      query: AuditQuery,
      async respond({ query, request, log }, services) {
        const { remainingMs } = request;
        if (query.agent_id !== undefined) {
          return {
            status: 200,
            body: { success: true, ...(await explainAgent(services, query.agent_id, remainingMs())) },
          };
        }
        return {
          status: 200,
          body: { success: true, audit_report: await audit({ ...services, log }, { trigger: 'manual', remainingMs }) },
        };
      },
    }),
  },
});
