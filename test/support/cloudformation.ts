/** CloudFormation as a custom resource sees it: an event with a URL, at which it waits for the response. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import * as v from 'valibot';

export interface CloudFormation {
  event(type: 'Create' | 'Update' | 'Delete'): object;
  /** The accepted responses, in order of arrival. */
  readonly responses: unknown[];
  /** The environment of a container whose responses arrive here. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const RESOURCE = {
  StackId: 'arn:aws:cloudformation:eu-central-1:123456789012:stack/voice-agent-sync-service/1',
  LogicalResourceId: 'Migrations',
};
const BUCKET = 'https://cloudformation-custom-resource-response-eucentral1.s3.eu-central-1.amazonaws.com';
const Response = v.object({
  StackId: v.literal(RESOURCE.StackId),
  LogicalResourceId: v.literal(RESOURCE.LogicalResourceId),
  RequestId: v.string(),
  PhysicalResourceId: v.string(),
});

export async function startCloudFormation(): Promise<CloudFormation> {
  const responses: unknown[] = [];
  const open = new Set<string>();
  let resource: string | null = null;
  /** A request gets one response. Another resource id would mean another resource, and delete the first. */
  function isTaken(response: unknown): boolean {
    const parsed = v.safeParse(Response, response);
    if (!parsed.success || !open.delete(parsed.output.RequestId)) return false;
    resource ??= parsed.output.PhysicalResourceId;
    return resource === parsed.output.PhysicalResourceId;
  }
  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = await json(request);
    // The URL is signed for this method, and for no content type.
    const isSigned = request.method === 'PUT' && request.headers['content-type'] === '';
    if (isSigned && isTaken(received)) responses.push(received);
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
    responses,
    environment: {
      NODE_OPTIONS: `--enable-source-maps --require ${join(import.meta.dirname, 'redirect-cloudformation.cjs')}`,
      TEST_CLOUDFORMATION_URL: `http://127.0.0.1:${port}`,
    },
    event(RequestType) {
      const RequestId = randomUUID();
      open.add(RequestId);
      return {
        RequestType,
        ResponseURL: `${BUCKET}/response?X-Amz-Signature=test`,
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
