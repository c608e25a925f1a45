/** CloudFormation as a custom resource meets it: an event with a URL, at which it waits for the answer. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import * as v from 'valibot';

export interface CloudFormation {
  event(type: 'Create' | 'Update' | 'Delete'): object;
  /** Those that it took, in order of arrival. */
  readonly answers: unknown[];
  close(): Promise<void>;
}

const RESOURCE = {
  StackId: 'arn:aws:cloudformation:eu-central-1:123456789012:stack/voice-agent-sync-service/1',
  LogicalResourceId: 'Migrations',
};
const Answer = v.object({
  StackId: v.literal(RESOURCE.StackId),
  LogicalResourceId: v.literal(RESOURCE.LogicalResourceId),
  RequestId: v.string(),
  PhysicalResourceId: v.string(),
});

export async function startCloudFormation(): Promise<CloudFormation> {
  const answers: unknown[] = [];
  const open = new Set<string>();
  let resource: string | null = null;
  /** An answer is to one request, once; another resource id would be another resource, and the first one be deleted. */
  function isTaken(answer: unknown): boolean {
    const parsed = v.safeParse(Answer, answer);
    if (!parsed.success || !open.delete(parsed.output.RequestId)) return false;
    resource ??= parsed.output.PhysicalResourceId;
    return resource === parsed.output.PhysicalResourceId;
  }
  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await json(request);
    // The URL is signed for this method, and for no content type.
    const isSigned = request.method === 'PUT' && request.headers['content-type'] === '';
    if (isSigned && isTaken(answer)) answers.push(answer);
    else response.statusCode = 403;
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
    event(RequestType) {
      const RequestId = randomUUID();
      open.add(RequestId);
      return {
        RequestType,
        ResponseURL: `http://127.0.0.1:${port}/answer?X-Amz-Signature=test`,
        ...RESOURCE,
        RequestId,
        ...(resource === null ? {} : { PhysicalResourceId: resource }),
        ResourceType: 'Custom::Migrations',
        ResourceProperties: { ServiceToken: 'arn', digest: 'digest' },
      };
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
