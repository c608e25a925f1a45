/** For people and monitors: the page, health, the status, and the history of runs. */
import { agentEndpoints } from '../../shared/api/agents.ts';
import { consoleEndpoints } from '../../shared/api/console.ts';
import { routeKey } from '../../shared/api/endpoint.ts';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
import { runEndpoints } from '../../shared/api/runs.ts';
import { scheduledSyncEndpoints } from '../../shared/api/scheduled-sync.ts';
import { settingsEndpoints } from '../../shared/api/settings.ts';
import { webhookEventEndpoints } from '../../shared/api/webhook-events.ts';
import { lambdaHandler } from '../../shared/http/handler.ts';
import { etagOf } from '../../shared/http/revalidate.ts';
import { type HandlerInput, route } from '../../shared/http/route.ts';
import { VERSION } from '../../shared/manifest.ts';
import { type CoreServices, coreServices } from '../../shared/services.ts';
import { listAgentOverviews } from '../../shared/sync/agents.ts';
import { readRun, readRuns } from '../../shared/sync/run-history.ts';
import { readHealth, readSettings, readStatus, readStatusRevision } from '../../shared/sync/status.ts';
import { readWebhookEvents } from '../../shared/sync/webhooks.ts';
import { respondWithAsset, respondWithPage } from './assets.ts';
import { openApiDocument } from './openapi.ts';

export const handler = lambdaHandler<CoreServices>({
  services: coreServices,
  // The console receives every request without a route, so its 404 names all endpoints.
  endpoints: ENDPOINTS,
  routes: [
    route(consoleEndpoints.health).to(health),
    route(consoleEndpoints.healthHead).to(health),
    route(scheduledSyncEndpoints.status).to(
      async ({ query, services }) => {
        if (query.action === undefined) return { status: 200, body: offer() };
        return { status: 200, body: { success: true, status: await readStatus(services) } };
      },
      async ({ query, services }) => (query.action === undefined ? null : etagOf(await readStatusRevision(services))),
    ),
    route(agentEndpoints.listAgents).to(async ({ query, services }) => {
      return { status: 200, body: await listAgentOverviews(services, query.limit, query.after) };
    }),
    route(runEndpoints.listRuns).to(async ({ query, services }) => {
      return { status: 200, body: await readRuns(services, query) };
    }),
    route(runEndpoints.readRun).to(async ({ path, query, services }) => {
      return { status: 200, body: await readRun(services, path.id, query) };
    }),
    route(webhookEventEndpoints.listWebhookEvents).to(async ({ query, services }) => {
      return { status: 200, body: await readWebhookEvents(services, query.hours) };
    }),
    route(settingsEndpoints.settings).to(async ({ headers, sentPath, services }) => {
      const base_url = originOf(headers) + prefixOf(sentPath, settingsEndpoints.settings.path);
      return { status: 200, body: await readSettings(services, { base_url, version: VERSION }) };
    }),
    route(consoleEndpoints.openapi).to(() => ({ status: 200, body: openApiDocument() })),
    route(consoleEndpoints.page).to(({ sentPath }) =>
      sentPath.endsWith('/') ? respondWithPage() : addSlash(sentPath),
    ),
    route(consoleEndpoints.asset).to(({ path, headers }) => respondWithAsset(path.file, headers['accept-encoding'])),
  ],
});

/** Where the caller reached the service: API Gateway, a custom domain or this machine. */
function originOf(headers: Readonly<Record<string, string>>): string {
  const { host = '127.0.0.1', 'x-forwarded-proto': protocol } = headers;
  const local = /^(localhost|127\.0\.0\.1|\[::1\])(:|$)/.test(host);
  const isHttps = protocol === undefined ? !local : protocol !== 'http';
  return `${isHttps ? 'https' : 'http'}://${host}`;
}

/** The name of a stage, or the base path of a custom domain, that is in front of an endpoint's path. */
function prefixOf(sentPath: string, path: string): string {
  return sentPath.endsWith(path) ? sentPath.slice(0, -path.length) : '';
}

/**
 * Relative to an address without the slash, the page's own files and the API would be looked up one level above the
 * prefix.
 */
function addSlash(sentPath: string) {
  const location = `./${sentPath.slice(sentPath.lastIndexOf('/') + 1)}/`;
  return { status: 308, body: '', headers: { location } } as const;
}

async function health({ services }: Pick<HandlerInput<CoreServices>, 'services'>) {
  return { status: 200, body: await readHealth(services) } as const;
}

function offer() {
  return {
    success: true,
    message: 'Scheduled sync: sync, then audit.',
    actions: {
      'POST /api/scheduled-sync': 'sync and audit now',
      'GET /api/scheduled-sync?action=status': 'health and its trend, without a request to Retell',
    },
    endpoints: ENDPOINTS.map(routeKey),
  } as const;
}
