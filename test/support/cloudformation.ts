/** CloudFormation as a custom resource meets it: an event with a URL, at which it waits for the answer. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';

export interface CloudFormation {
  event(type: 'Create' | 'Update' | 'Delete'): object;
  /** In order of arrival. */
  readonly answers: unknown[];
  close(): Promise<void>;
}

export async function startCloudFormation(): Promise<CloudFormation> {
  const answers: unknown[] = [];
  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    answers.push(await json(request));
    response.end();
  }
  const server = createServer((request, response) => {
    void respond(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    answers,
    event: (RequestType) => ({
      RequestType,
      ResponseURL: `http://127.0.0.1:${port}/answer?X-Amz-Signature=test`,
      StackId: 'arn:aws:cloudformation:eu-central-1:123456789012:stack/voice-agent-sync-service/1',
      RequestId: 'request',
      LogicalResourceId: 'Migrations',
      ResourceType: 'Custom::Migrations',
      ResourceProperties: { ServiceToken: 'arn', digest: 'digest' },
    }),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
