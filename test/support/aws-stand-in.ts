/** A stand-in for the used parts of Secrets Manager and EventBridge, which the real SDK clients call over HTTP. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import * as v from 'valibot';

const GetSecretValue = v.object({ SecretId: v.string() });
const PutEvents = v.object({
  Entries: v.array(
    v.object({ EventBusName: v.string(), Source: v.string(), DetailType: v.string(), Detail: v.string() }),
  ),
});
export type PutEvent = v.InferOutput<typeof PutEvents>['Entries'][number];

/** A fault: an error of this type for a whole call, no response, or entries refused with this code. */
export type AwsFault =
  | { readonly kind: 'error'; readonly type: string; readonly status?: number }
  | { readonly kind: 'hang' }
  | {
      readonly kind: 'refuse_entries';
      readonly code: string;
      /** How many of a call's entries, from the first; all unless given. */
      readonly first?: number;
    };

export interface AwsStandIn {
  readonly url: string;
  /** By ARN. */
  readonly secrets: Map<string, string>;
  /** Events accepted, in order. */
  readonly events: PutEvent[];
  /** Calls so far, as `secretsmanager.GetSecretValue arn:...` or `AWSEvents.PutEvents`. */
  readonly calls: string[];
  /** Applies until it is set to null again. */
  fault: AwsFault | null;
  /** Faults of the next calls, one each, before `fault`. */
  readonly nextFaults: AwsFault[];
  /** The environment with which an SDK client finds it. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function startAwsStandIn(): Promise<AwsStandIn> {
  const server = createServer((request, response) => {
    void respond(standIn, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const standIn: AwsStandIn = {
    url,
    secrets: new Map(),
    events: [],
    calls: [],
    fault: null,
    nextFaults: [],
    environment: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return standIn;
}

async function respond(standIn: AwsStandIn, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = String(request.headers['x-amz-target']);
  const body: unknown = JSON.parse(await text(request));
  const fault = standIn.nextFaults.shift() ?? standIn.fault;
  const secretId = v.safeParse(GetSecretValue, body);
  standIn.calls.push(secretId.success ? `${target} ${secretId.output.SecretId}` : target);
  if (fault?.kind === 'hang') return;
  if (fault?.kind === 'error')
    return send(response, fault.status ?? 400, { __type: fault.type, message: 'on purpose' });
  if (secretId.success) return sendSecret(standIn, secretId.output.SecretId, response);
  putEvents(standIn, v.parse(PutEvents, body).Entries, fault, response);
}

function putEvents(
  { events }: AwsStandIn,
  entries: readonly PutEvent[],
  fault: Extract<AwsFault, { kind: 'refuse_entries' }> | null,
  response: ServerResponse,
): void {
  const refused = fault === null ? 0 : (fault.first ?? entries.length);
  events.push(...entries.slice(refused));
  const results = entries.map((_, index) =>
    index < refused ? { ErrorCode: fault?.code, ErrorMessage: 'on purpose' } : { EventId: `event-${index}` },
  );
  send(response, 200, { FailedEntryCount: refused, Entries: results });
}

function sendSecret({ secrets }: AwsStandIn, arn: string, response: ServerResponse): void {
  const SecretString = secrets.get(arn);
  if (SecretString === undefined)
    return send(response, 400, { __type: 'ResourceNotFoundException', message: `Secrets Manager can't find ${arn}` });
  send(response, 200, { ARN: arn, Name: arn, SecretString });
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(body));
}
