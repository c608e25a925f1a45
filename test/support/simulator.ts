/** The simulated Retell account, and a client of it that does not wait between retries. */
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import type { Account, NewStoredAgent } from '../../infra/local/retell-simulator/account.ts';
import { refusal as refusalReply, type SimulatedRequest, sendReply } from '../../infra/local/retell-simulator/reply.ts';
import {
  type Exchange,
  type Simulator as RetellSimulator,
  startSimulator,
} from '../../infra/local/retell-simulator/start-simulator.ts';
import { createRetell, type Retell, type RetellOptions } from '../../shared/retell/client.ts';
import type { Clock } from '../../shared/retell/clock.ts';
import { createFaults, type Fault, type FaultResponse, playFault } from './faults.ts';
import { createListingHooks, type ListingHook } from './listing-hooks.ts';
import { createRateLimit } from './rate-limit.ts';

export interface TestSimulatorOptions {
  readonly apiKey?: string;
  /** Milliseconds on the way to Retell; 0. */
  readonly latencyMs?: number;
  /** Requests a second; unlimited. */
  readonly rateLimit?: number;
}

/** Milliseconds to Retell and back. The request is applied in between, so a slow response is out of date. */
export interface Travel {
  readonly there: number;
  readonly back: number;
}

export interface RequestLog {
  /** In order of arrival, refused ones included. */
  readonly all: readonly SimulatedRequest[];
  /** The number of requests whose path begins so. */
  count(path?: string): number;
  /** Resolves when the next request arrives. */
  next(): Promise<void>;
  clear(): void;
}

/** The simulated account behind a network that tests control: requests are logged, delayed, limited and made to fail. */
export interface Simulator extends RetellSimulator {
  readonly requests: RequestLog;
  /** Adds small agents, all eligible and published. */
  seed(count: number): void;
  /** Returns a function that ends the fault. */
  fault(fault: Fault): () => void;
  /** Returns a function that removes the hook. */
  onListing(hook: ListingHook): () => void;
  /** The same for every request, or chosen for each one as it arrives, at once or later; faults strike before the way back. */
  setLatency(latency: number | ((request: SimulatedRequest) => Travel | Promise<Travel>)): void;
  /** Ends all faults and hooks and forgets the requests. */
  reset(): void;
}

/** For a fault: sent in place of the simulator's response; a string is sent as it is. */
export function reply(status: number, body?: unknown, headers: Readonly<Record<string, string>> = {}): FaultResponse {
  return { kind: 'response', status, body, headers };
}

/** An error in Retell's format. */
export function refusal(status: number, message: string): FaultResponse {
  return reply(status, { status: 'error', message });
}

export const TEST_KEY = 'key_0123456789abcdef';

/** A simulator on a free port, empty unless agents are given. */
export async function testSimulator(
  agents: readonly NewStoredAgent[] = [],
  { apiKey = TEST_KEY, latencyMs = 0, rateLimit }: TestSimulatorOptions = {},
): Promise<Simulator> {
  const faults = createFaults();
  const hooks = createListingHooks();
  const log: SimulatedRequest[] = [];
  let next = Promise.withResolvers<void>();
  const passes = rateLimit === undefined ? () => true : createRateLimit(rateLimit);
  let latency: Parameters<Simulator['setLatency']>[0] = latencyMs;

  async function intercept({ request, response, reply }: Exchange): Promise<void> {
    log.push(request);
    next.resolve();
    next = Promise.withResolvers();
    const { there, back } = typeof latency === 'number' ? { there: latency, back: 0 } : await latency(request);
    if (there > 0) await delay(there);
    const apply = () => hooks.apply(request, reply());
    const fault = faults.strike(request);
    if (fault !== null) return playFault(fault, response, apply);
    const sent = passes() ? apply() : refusalReply(429, 'Account rate limited, please throttle your requests.');
    if (back > 0) await delay(back);
    sendReply(response, sent);
  }

  const simulator = await startSimulator({ apiKey, agents, intercept });
  return {
    ...simulator,
    requests: {
      all: log,
      count: (path = '/') => log.filter((request) => request.path.startsWith(path)).length,
      next: () => next.promise,
      clear: () => log.splice(0),
    },
    seed: (count) => seed(simulator.account, count),
    fault: (fault) => faults.add(fault),
    onListing: (hook) => hooks.add(hook),
    setLatency(replacement) {
      latency = replacement;
    },
    reset() {
      faults.clear();
      hooks.clear();
      log.splice(0);
    },
  };
}

/** `Interview agent 1`, `Interview agent 2`, ... */
function seed(account: Account, count: number): void {
  const first = account.agents.size + 1;
  const modified_at = Date.UTC(2026, 0, 1);
  for (let index = first; index < first + count; index += 1) {
    const agent_id = `agent_${index.toString(16).padStart(26, '0')}`;
    account.addAgent({ agent_id, agent_name: `Interview agent ${index}`, published: true, modified_at });
  }
}

export interface HurriedClock extends Clock {
  readonly waits: number[];
  /** Lets time pass for the running calls. The wall clock stays, so that the next run has its whole budget. */
  pass(ms: number): void;
}

/** A clock on which waiting takes no time: it jumps ahead. The time of `machineMs` passes on it as well. */
export function hurriedClock(machineMs: () => number = () => performance.now()): HurriedClock {
  const waits: number[] = [];
  let ahead = 0;
  let passed = 0;
  return {
    waits,
    pass: (ms) => void (passed += ms),
    now: () => machineMs() + ahead + passed,
    epoch: () => Date.now() + ahead,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      waits.push(ms);
      ahead += ms;
      await turn();
    },
    random: () => 0.5,
  };
}

/** A client of the simulator that does not wait between retries. */
export function testRetell(simulator: Pick<Simulator, 'url'>, options: Partial<RetellOptions> = {}): Retell {
  return createRetell({
    apiKey: () => Promise.resolve(TEST_KEY),
    baseUrl: simulator.url,
    concurrency: 10,
    agentVersion: 'latest',
    callTimeoutMs: 5_000,
    clock: hurriedClock(),
    ...options,
  });
}

/** A URL at which nothing listens. */
export async function deserted(): Promise<Pick<Simulator, 'url'>> {
  const simulator = await testSimulator();
  await simulator.close();
  return simulator;
}

/** Resolves once a request to a path that begins so has arrived. */
export async function arrived(simulator: Simulator, path: string): Promise<void> {
  while (simulator.requests.count(path) === 0) await simulator.requests.next();
}
