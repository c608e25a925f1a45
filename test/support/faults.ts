/** Faults between the service and Retell: rules that tests set, and what each does on the wire. */
import type { ServerResponse } from 'node:http';
import { type Reply, type SimulatedRequest, sendReply } from '../../infra/local/retell-simulator/reply.ts';

export type FaultResponse =
  /** Sent instead of applying the request; a string is sent as it is. */
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Not applied, and no response. */
  | { readonly kind: 'hang' }
  /** Not applied; the connection is reset. */
  | { readonly kind: 'destroy' }
  /** Applied, but the response stops half-way and the connection stays open. */
  | { readonly kind: 'hang_in_body' }
  /** Applied, but the response stops half-way and the connection ends. */
  | { readonly kind: 'truncate' }
  /** Applied, and then no response, or another. */
  | { readonly kind: 'after_effect'; readonly response: 'destroy' | 'hang' | Reply };

export interface Fault {
  readonly match: {
    readonly method?: string;
    readonly path?: RegExp | string;
    /** The last segment of the path, decoded. */
    readonly agent_id?: string;
  };
  /** How often it strikes; always when not given. */
  readonly times?: number;
  readonly respond: FaultResponse;
}

export interface Faults {
  /** Returns a function that ends the fault. */
  add(fault: Fault): () => void;
  /** The first fault that matches this request, which counts as one of its times. */
  strike(request: SimulatedRequest): FaultResponse | null;
  clear(): void;
}

export function createFaults(): Faults {
  const active = new Map<Fault, number>();
  return {
    add(fault) {
      const own = { ...fault };
      active.set(own, fault.times ?? Number.POSITIVE_INFINITY);
      return () => void active.delete(own);
    },
    strike(request) {
      for (const [fault, left] of active) {
        if (!matches(fault.match, request)) continue;
        if (left <= 1) active.delete(fault);
        else active.set(fault, left - 1);
        return fault.respond;
      }
      return null;
    },
    clear: () => active.clear(),
  };
}

/** Executes a fault. Calls `apply` only if the request takes effect. */
export function playFault(fault: FaultResponse, response: ServerResponse, apply: () => Reply): void {
  switch (fault.kind) {
    case 'response':
      return sendResponse(response, fault);
    case 'hang':
      return;
    case 'destroy':
      return void response.socket?.destroy();
    case 'hang_in_body':
      return sendHalf(response, apply(), 'hang');
    case 'truncate':
      return sendHalf(response, apply(), 'end');
    case 'after_effect':
      return afterEffect(fault.response, response, apply);
    default:
      return fault satisfies never;
  }
}

function afterEffect(sent: 'destroy' | 'hang' | Reply, response: ServerResponse, apply: () => Reply): void {
  apply();
  if (sent === 'destroy') response.socket?.destroy();
  else if (sent !== 'hang') sendReply(response, sent);
}

function sendResponse(response: ServerResponse, fault: FaultResponse & { kind: 'response' }): void {
  const { status, body, headers = {} } = fault;
  if (typeof body !== 'string') return sendReply(response, { status, body, headers });
  response.writeHead(status, { 'content-type': 'text/html', ...headers });
  response.end(body);
}

function sendHalf(response: ServerResponse, reply: Reply, then: 'hang' | 'end'): void {
  const text = JSON.stringify(reply.body ?? {});
  response.writeHead(reply.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.write(text.slice(0, text.length / 2), () => {
    if (then === 'end') response.socket?.destroy();
  });
}

function matches(match: Fault['match'], request: SimulatedRequest): boolean {
  if (match.method !== undefined && match.method !== request.method) return false;
  if (typeof match.path === 'string' && match.path !== request.path) return false;
  if (match.path instanceof RegExp && !match.path.test(request.path)) return false;
  return match.agent_id === undefined || request.path.endsWith(`/${encodeURIComponent(match.agent_id)}`);
}
