/** `GET /api/audit-agents` */
import { auditEndpoints } from '../../shared/api/audit.ts';
import { lambdaHandler } from '../../shared/http/handler.ts';
import { route } from '../../shared/http/route.ts';
import { type Services, services } from '../../shared/services.ts';
import { explainAgent } from '../../shared/sync/agents.ts';
import { audit } from '../../shared/sync/audit.ts';

export const handler = lambdaHandler<Services>({
  services,
  routes: [
    route(auditEndpoints.audit).to(async ({ query: { agent_id }, services, remainingMs }) => {
      if (agent_id !== undefined) {
        return { status: 200, body: await explainAgent(services, agent_id, remainingMs()) };
      }
      const audit_report = await audit(services, { trigger: 'manual', remainingMs });
      return { status: 200, body: { success: true, audit_report } };
    }),
  ],
});
