/** What people and monitors look at: health, the status, the history of runs, the page. */
import { ROUTES } from '../../shared/contract.ts';
import { type CoreServices, coreServices } from '../../shared/core-services.ts';
import { endpoint } from '../../shared/http/endpoint.ts';
import { lambdaHandler } from '../../shared/http/handler.ts';
import { AgentsQuery, integerParameter, RunQuery, RunsQuery, ScheduledSyncQuery } from '../../shared/http/schemas.ts';
import { listAgentOverviews } from '../../shared/sync/list-agent-overviews.ts';
import { readHealth, readRun, readRuns, readStatus } from '../../shared/sync/run-history.ts';
import { assetAnswer, pageAnswer } from './assets.ts';
import { openApiDocument } from './openapi.ts';

const health = endpoint<CoreServices>({
  async respond(_, services) {
    return { status: 200, body: { success: true, ...(await readHealth(services)) } };
  },
});

export const handler = lambdaHandler<CoreServices>({
  services: coreServices,
  routes: {
    'GET /api/health': health,
    'HEAD /api/health': health,
    'GET /api/scheduled-sync': endpoint({
      query: ScheduledSyncQuery,
      async respond({ query }, services) {
        if (query.action === 'status')
          return { status: 200, body: { success: true, status: await readStatus(services) } };
        return { status: 200, body: describeEndpoint() };
      },
    }),
    'GET /api/agents': endpoint({
      query: AgentsQuery,
      async respond({ query }, services) {
        return {
          status: 200,
          body: { success: true, ...(await listAgentOverviews(services, query.limit, query.after)) },
        };
      },
    }),
    'GET /api/sync-runs': endpoint({
      query: RunsQuery,
      async respond({ query }, services) {
        return {
          status: 200,
          body: { success: true, ...(await readRuns(services, query.limit, query.before ?? null)) },
        };
      },
    }),
    'GET /api/sync-runs/{id}': endpoint({
      query: RunQuery,
      async respond({ query, request }, services) {
        const id = integerParameter(request, 'id');
        return { status: 200, body: { success: true, ...(await readRun(services, id, query.limit, query.offset)) } };
      },
    }),
    'GET /api/openapi.json': endpoint({
      respond: () => ({ status: 200, body: openApiDocument() }),
    }),
    'GET /': endpoint({ respond: () => pageAnswer() }),
    'GET /assets/{file}': endpoint({
      respond: ({ request }) => assetAnswer(request.path_parameters['file'] ?? '', request.headers['accept-encoding']),
    }),
  },
});

function describeEndpoint(): object {
  return {
    success: true,
    message: 'Scheduled sync: sync, then audit.',
    actions: {
      'POST /api/scheduled-sync': 'sync and audit now',
      'GET /api/scheduled-sync?action=status': 'health and its trend, without asking Retell',
    },
    endpoints: ROUTES.map(({ method, path }) => `${method} ${path}`),
  };
}
