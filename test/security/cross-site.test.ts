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

const IMAGE = { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' };
const LINK = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

/** Sends what a browser sends for an image or a link: no Origin header. */
function visited(
  path: string,
  site: string,
  how: Readonly<Record<string, string>> = IMAGE,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = get(`${server.url}${path}`, { headers: { 'sec-fetch-site': site, ...how } }, (response) => {
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

  test.each(['cross-site', 'same-site'])(
    '[S9] cannot load the page or its files with a %s image, script or frame',
    async (site) => {
      const frame = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' };
      const script = { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' };
      for (const path of ['/', '/assets/console-AAAAAAAA.js', '/unknown']) {
        for (const how of [IMAGE, frame, script]) expect(await visited(path, site, how)).toBe(403);
      }
      expect(await visited('/assets/console-AAAAAAAA.js', 'same-origin', script)).not.toBe(403);
    },
  );

  test('may link to the page, which may call the API', async () => {
    expect(await visited('/', 'cross-site', LINK)).toBe(200);
    expect(await visited('/api/audit-agents', 'same-origin')).toBe(200);
    expect(await visited('/api/audit-agents', 'none')).toBe(200);
  });
});
