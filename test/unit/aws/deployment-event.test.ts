import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { respondToDeployment } from '../../../shared/aws/deployment-event.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.closeAllConnections();
});

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1').unref();
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
}

test('[S53] the response to CloudFormation follows no redirect to another host', async () => {
  const visits: unknown[] = [];
  const other = await listening((request, response) => {
    visits.push(request.url);
    response.end();
  });
  const ResponseURL = await listening((_, response) => void response.writeHead(307, { location: other }).end());
  const names = { StackId: 'stack', RequestId: 'request', LogicalResourceId: 'Migrations' };
  const sent = respondToDeployment({ RequestType: 'Create', ResponseURL, ...names }, { status: 'SUCCESS', data: {} });
  await expect(sent).rejects.toThrow('fetch failed');
  expect(visits).toEqual([]);
});
