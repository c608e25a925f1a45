/** The simulated Retell account and a client of it that loses no time. */
import { setImmediate as turn } from 'node:timers/promises';
import type { NewStoredAgent } from '../../infra/local/retell-simulator/account.ts';
import type { FaultResponse } from '../../infra/local/retell-simulator/faults.ts';
import {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '../../infra/local/retell-simulator/start-simulator.ts';
import { createRetell, type Retell, type RetellOptions } from '../../shared/retell/client.ts';
import type { Clock } from '../../shared/retell/clock.ts';

/** For a fault: answered in place of the simulator; a string is sent as it is. */
export function reply(status: number, body?: unknown, headers: Readonly<Record<string, string>> = {}): FaultResponse {
  return { kind: 'answer', status, body, headers };
}

/** An error in the words that Retell puts one in. */
export function refusal(status: number, message: string): FaultResponse {
  return reply(status, { status: 'error', message });
}

export const TEST_KEY = 'key_0123456789abcdef';

/** A simulator on a free port, empty unless agents are given. */
export function testSimulator(
  agents: readonly NewStoredAgent[] = [],
  options: Partial<SimulatorOptions> = {},
): Promise<Simulator> {
  return startSimulator({ apiKey: TEST_KEY, agents, ...options });
}

/** A clock on which waiting takes no time: it is moved on instead. Real time passes on it as well. */
export function hurriedClock(): Clock & { readonly waits: number[] } {
  const waits: number[] = [];
  let ahead = 0;
  return {
    waits,
    now: () => performance.now() + ahead,
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

/** A client of the simulator that gives up on an answer after 250 ms and waits for nothing else. */
export function testRetell(simulator: Pick<Simulator, 'url'>, options: Partial<RetellOptions> = {}): Retell {
  return createRetell({
    apiKey: () => Promise.resolve(TEST_KEY),
    baseUrl: simulator.url,
    concurrency: 10,
    agentVersion: 'latest',
    callTimeoutMs: 250,
    clock: hurriedClock(),
    ...options,
  });
}

/** Where nobody listens. */
export async function deserted(): Promise<Pick<Simulator, 'url'>> {
  const simulator = await testSimulator();
  await simulator.close();
  return simulator;
}

/** Resolves once a request to a path that begins so has arrived. */
export async function arrived(simulator: Simulator, path: string): Promise<void> {
  while (simulator.requests.count(path) === 0) await turn();
}
