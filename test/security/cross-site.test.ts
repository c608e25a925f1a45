import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningServer, startServer } from '../../infra/local/server.ts';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
import { lambdaHandler } from '../../shared/http/handler.ts';
import { echoRoutes, setup } from '../unit/http/stack.ts';

let server: RunningServer;
beforeAll(async () => {
  const { services } = setup(null);
  const handler = lambdaHandler({ services: () => services, routes: echoRoutes() });
  const handlers = { sync: handler, audit: handler, cleanup: handler, webhook: handler, console: handler };
  server = await startServer({ port: 0, handlers: { ...handlers, 'scheduled-sync': handler } });
});
afterAll(() => server.close());

/** Sends what a browser sends for an image or a link: no Origin header. */
function visited(path: string, site: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = get(`${server.url}${path}`, { headers: { 'sec-fetch-site': site } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', reject);
  });
}

describe('another web page in the browser of a person who runs npm start', () => {
  test.each(['cross-site', 'same-site'])('[S9] cannot call the API with a %s image', async (site) => {
    const paths = ENDPOINTS.filter(({ method, path }) => method === 'GET' && path.startsWith('/api/')).map(
      ({ path }) => path,
    );
    for (const path of paths) expect(await visited(path.replace('{id}', '1'), site)).toBe(403);
  });

  test('may link to the page, which may call the API', async () => {
    expect(await visited('/', 'cross-site')).toBe(200);
    expect(await visited('/api/audit-agents', 'same-origin')).toBe(200);
    expect(await visited('/api/audit-agents', 'none')).toBe(200);
  });
});
