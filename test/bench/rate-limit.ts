/** A first sync of an account with a rate limit. */
import { startAccount } from './account.ts';
import type { Harness } from './harness.ts';

export interface RateLimitResult {
  readonly agents: number;
  /** The limit, in requests a second. */
  readonly per_second: number;
  readonly ms: number;
  /** The shortest possible time: the bucket holds the requests of one second at the start. */
  readonly least_ms: number;
  /** Requests that got 429. */
  readonly throttled: number;
  readonly errors: number;
}

export async function measureRateLimit(
  harness: Harness,
  agents: number,
  per_second: number,
  progress: (what: string) => void,
): Promise<RateLimitResult> {
  progress(`${agents} agents at ${per_second} requests a second`);
  const account = await startAccount({ agents, latency_ms: 50, rate_limit: per_second });
  const place = { account, databaseUrl: await harness.database('limited') };
  const { ms, errors } = await harness.measure('system', place, { invoke: 'scheduled', remaining_ms: 900_000 });
  const { pages, details } = await account.requests();
  await account.close();
  await harness.drop('limited');
  const needed = Math.ceil(agents / 1000) + agents;
  const least_ms = (1000 * (needed - per_second)) / per_second;
  return { agents, per_second, ms, least_ms, throttled: pages + details - needed, errors };
}
