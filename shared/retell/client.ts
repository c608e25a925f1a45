/** The Retell API as this system uses it. Only this folder knows the wire format. */
import pLimit from 'p-limit';
import type { CallContext } from './call.ts';
import { checkKey, createAgent, createVersion, type NewAgent, publish, renameDraft } from './change-agent.ts';
import { type Clock, SYSTEM_CLOCK } from './clock.ts';
import { type ConnectionOptions, createConnection } from './connection.ts';
import { type Listing, listAgents } from './list-agents.ts';
import type { AgentVersion } from './parse.ts';
import { createRateLimiter } from './rate-limiter.ts';
import { type AgentResult, readAgent, readVersion } from './read-agent.ts';
import { createTransport, type Transport } from './transport.ts';

export interface RetellOptions extends ConnectionOptions {
  /** Concurrent requests, over all sessions. */
  readonly concurrency: number;
  /** The version that `readAgent` reads: `latest`, `latest_published`, a number or a tag. */
  readonly agentVersion: string;
  /** For headers and body together; 10 s. */
  readonly callTimeoutMs?: number;
  /** Upper bound for an obeyed Retry-After; 30 s. */
  readonly maxRetryAfterMs?: number;
  /** Attempts after the first; 4. */
  readonly retries?: number;
  readonly clock?: Clock;
  readonly transport?: Transport;
}

export interface SessionOptions {
  readonly signal?: AbortSignal | undefined;
  /** Epoch ms after which nothing is sent or waited for. */
  readonly deadline?: number | undefined;
}

export interface ReadLimits {
  /** true: no retry after a timeout. */
  readonly failFast?: boolean;
  /** Milliseconds for everything, waits and retries included: after them it throws `deadline_exceeded`. */
  readonly within_ms?: number;
}

export interface Retell {
  /** The calls of one run or one webhook. Sends nothing yet. */
  session(options: SessionOptions): RetellSession;
  readonly concurrency: number;
}

/**
 * Every method throws AppError `retell_unauthorized`, `retell_payment_required` or `deadline_exceeded` when the session
 * is over; further errors are documented where each is defined.
 */
export interface RetellSession {
  /** HTTP requests sent in this session, retries included. */
  calls(): number;
  /** Milliseconds of the monotonic clock by which the session's time limits are kept. */
  now(): number;
  /** The whole account. Throws AppError `retell_listing_malformed` and those of a refused or failed call. */
  listAgents(): Promise<Listing>;
  readAgent(agent_id: string, options?: ReadLimits): Promise<AgentResult>;
  /** null: there is no such agent or version. Throws AppError `retell_unavailable` or `retell_refused` if it cannot be read. */
  readVersion(agent_id: string, version: string | number): Promise<AgentVersion | null>;
  /** Throws AppError `outcome_unknown` if the response was lost, as do `publish` and `createAgent`. */
  createVersion(agent_id: string, base_version: number): Promise<{ version: number }>;
  renameDraft(agent_id: string, agent_name: string): Promise<void>;
  publish(agent_id: string, version: number): Promise<void>;
  createAgent(body: NewAgent): Promise<{ agent_id: string }>;
  /** Throws `retell_unauthorized` if Retell refuses the key; any other failure says nothing about the key. */
  checkKey(): Promise<void>;
}

/** Sends nothing, and fetches no key, before it is used. */
export function createRetell(options: RetellOptions): Retell {
  const clock = options.clock ?? SYSTEM_CLOCK;
  const maxRetryAfterMs = options.maxRetryAfterMs ?? 30_000;
  const transport = options.transport ?? createTransport();
  const shared = {
    clock,
    maxRetryAfterMs,
    rateLimiter: createRateLimiter(clock, options.concurrency, maxRetryAfterMs),
    limit: pLimit(options.concurrency),
    callTimeoutMs: options.callTimeoutMs ?? 10_000,
    retries: options.retries ?? 4,
  };
  return {
    concurrency: options.concurrency,
    session({ signal, deadline: until = Number.POSITIVE_INFINITY }) {
      // By the monotonic clock, so that setting the wall clock does not move it.
      const deadline = clock.now() + (until - clock.epoch());
      const counted = countRequests(transport);
      const connection = createConnection(options, counted.transport);
      return createSession({ ...shared, connection, signal, deadline }, options.agentVersion, counted.calls);
    },
  };
}

function countRequests(transport: Transport): { readonly transport: Transport; readonly calls: () => number } {
  let calls = 0;
  return {
    transport: (url, init) => {
      calls += 1;
      return transport(url, init);
    },
    calls: () => calls,
  };
}

function withLimit(context: CallContext, ms: number): CallContext {
  return { ...context, deadline: Math.min(context.deadline, context.clock.now() + ms) };
}

function createSession(context: CallContext, agentVersion: string, calls: () => number): RetellSession {
  return {
    calls,
    now: () => context.clock.now(),
    listAgents: () => listAgents(context),
    readAgent: (agent_id, { failFast = false, within_ms = Number.POSITIVE_INFINITY } = {}) =>
      readAgent(withLimit(context, within_ms), agent_id, { version: agentVersion, failFast }),
    readVersion: (agent_id, version) => readVersion(context, agent_id, version),
    createVersion: (agent_id, base_version) => createVersion(context, agent_id, base_version),
    renameDraft: (agent_id, agent_name) => renameDraft(context, agent_id, agent_name),
    publish: (agent_id, version) => publish(context, agent_id, version),
    createAgent: (body) => createAgent(context, body),
    checkKey: () => checkKey(context),
  };
}
