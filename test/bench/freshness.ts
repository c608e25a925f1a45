import * as v from 'valibot';
import { startAccount } from './account.ts';
import type { Harness } from './harness.ts';
import { FreshnessMeasurement, type FreshnessTask } from './measurement.ts';

export interface FreshnessResult extends FreshnessMeasurement {
  readonly agents: number;
  readonly latency_ms: number;
  readonly every_ms: number;
}

const AGENTS = 1_000;
/** As in practice, whatever `--latencies` chooses for the syncs. */
const LATENCY_MS = 50;
/** The default of `SYNC_SCHEDULE`. */
const EVERY_MS = 300_000;

export async function measureFreshness(
  harness: Harness,
  samples: number,
  progress: (what: string) => void,
): Promise<FreshnessResult> {
  progress('freshness');
  const account = await startAccount({ agents: AGENTS, latency_ms: LATENCY_MS });
  const databaseUrl = await harness.database('freshness');
  const task: FreshnessTask = { agent_ids: [...(await account.change(samples))], every_ms: EVERY_MS };
  const { answer } = await harness.start('freshness', { account, databaseUrl }, task);
  const measured = v.parse(FreshnessMeasurement, await answer);
  await account.close();
  await harness.drop('freshness');
  return { ...measured, agents: AGENTS, latency_ms: LATENCY_MS, every_ms: EVERY_MS };
}
