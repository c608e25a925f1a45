/** A first sync of an account that answers 429 above so many requests a second. */
import { startAccount } from './account.ts';
import type { Laboratory } from './harness.ts';

export interface RateLimitResult {
  readonly agents: number;
  readonly per_second: number;
  readonly ms: number;
  /** How long it takes at least: the limit's bucket holds one second's worth at the start. */
  readonly least_ms: number;
  /** Requests that were answered 429. */
  readonly throttled: number;
  readonly errors: number;
}

export async function measureRateLimit(
  laboratory: Laboratory,
  agents: number,
  per_second: number,
  progress: (what: string) => void,
): Promise<RateLimitResult> {
  progress(`${agents} agents at ${per_second} requests a second`);
  const account = await startAccount({ agents, latency_ms: 50, rate_limit: per_second });
  const place = { account, databaseUrl: await laboratory.database('limited') };
  const { ms, errors } = await laboratory.measure('system', place, { invoke: 'start', remaining_ms: 900_000 });
  const { pages, details } = await account.requests();
  await account.close();
  await laboratory.drop('limited');
  const needed = Math.ceil(agents / 1000) + agents;
  const least_ms = (1000 * (needed - per_second)) / per_second;
  return { agents, per_second, ms, least_ms, throttled: pages + details - needed, errors };
}
