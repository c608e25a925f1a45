/** The Retell API as this system uses it. Only this folder knows the wire. */
import pLimit from 'p-limit';
import { checkKey, createAgent, createVersion, type NewAgent, publish, renameDraft } from './change-agent.ts';
import { type Clock, SYSTEM_CLOCK } from './clock.ts';
import { type ConnectionOptions, createConnection } from './connection.ts';
import { type Listing, listAgents } from './list-agents.ts';
import type { AgentVersion } from './parse.ts';
import { createRateLimiter } from './rate-limiter.ts';
import { type AgentResult, readAgent, readVersion } from './read-agent.ts';
import type { RequestContext } from './request.ts';

export interface RetellOptions extends ConnectionOptions {
  /** Requests under way at the same time, over all sessions. */
  readonly concurrency: number;
  /** The version that `readAgent` asks for: `latest`, `latest_published`, a number or a tag. */
  readonly agentVersion: string;
  /** For headers and body together; 10 s. */
  readonly callTimeoutMs?: number;
  /** The most that a Retry-After is obeyed; 30 s. */
  readonly maxRetryAfterMs?: number;
  /** Tries after the first; 4. */
  readonly retries?: number;
  readonly clock?: Clock;
}

export interface SessionOptions {
  readonly signal?: AbortSignal | undefined;
  /** Epoch ms past which nothing is waited for and nothing sent. */
  readonly deadline?: number | undefined;
}

export interface Retell {
  /** One run's or one webhook's dealings with Retell. Sends nothing yet. */
  session(options: SessionOptions): RetellSession;
  readonly concurrency: number;
}

/**
 * Every method throws AppError `retell_unauthorized`, `retell_payment_required` or `deadline_exceeded` when nothing more
 * can be had from Retell; what else each throws is said where it is defined.
 */
export interface RetellSession {
  /** HTTP requests sent in this session, retries included. */
  calls(): number;
  /** The whole account, or AppError `retell_listing_malformed`, `retell_unavailable` or `retell_refused`. */
  listAgents(): Promise<Listing>;
  /** `hasty`: gives up at the first silence. */
  readAgent(agent_id: string, failFast?: boolean): Promise<AgentResult>;
  /** null: there is none. AppError `retell_unavailable` or `retell_refused` when it cannot be read. */
  readVersion(agent_id: string, version: string | number): Promise<AgentVersion | null>;
  /** AppError `outcome_unknown` when the answer was lost, as in `publish` and `createAgent`. */
  createVersion(agent_id: string, base_version: number): Promise<{ version: number }>;
  renameDraft(agent_id: string, agent_name: string): Promise<void>;
  publish(agent_id: string, version: number): Promise<void>;
  createAgent(body: NewAgent): Promise<{ agent_id: string }>;
  checkKey(): Promise<void>;
}

/** Sends nothing and asks for no key before it is used. */
export function createRetell(options: RetellOptions): Retell {
  const clock = options.clock ?? SYSTEM_CLOCK;
  const maxRetryAfterMs = options.maxRetryAfterMs ?? 30_000;
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
      // Once counted from now on, it is not moved by a wall clock that is set.
      const deadline = clock.now() + (until - clock.epoch());
      let calls = 0;
      const connection = createConnection(options, () => {
        calls += 1;
      });
      return createSession({ ...shared, connection, signal, deadline }, options.agentVersion, () => calls);
    },
  };
}

function createSession(context: RequestContext, agentVersion: string, calls: () => number): RetellSession {
  return {
    calls,
    listAgents: () => listAgents(context),
    readAgent: (agent_id, failFast = false) => readAgent(context, agent_id, agentVersion, failFast),
    readVersion: (agent_id, version) => readVersion(context, agent_id, version),
    createVersion: (agent_id, base_version) => createVersion(context, agent_id, base_version),
    renameDraft: (agent_id, agent_name) => renameDraft(context, agent_id, agent_name),
    publish: (agent_id, version) => publish(context, agent_id, version),
    createAgent: (body) => createAgent(context, body),
    checkKey: () => checkKey(context),
  };
}
