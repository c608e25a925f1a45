/** `npm run bench`: how far the system is from the limit, and from what people do today. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type ContinuationPlan, measureContinuation } from './continuation.ts';
import { type Laboratory, openLaboratory } from './harness.ts';
import { measureImports } from './imports.ts';
import { type BenchOptions, parseOptions } from './options.ts';
import { createProgress } from './progress.ts';
import { measureRateLimit } from './rate-limit.ts';
import type { BenchResults } from './results.ts';
import { type Cell, measureScenarios } from './scenarios.ts';
import { tables } from './tables.ts';
import { measureWebhooks } from './webhook-latency.ts';

const PROJECT = join(import.meta.dirname, '..', '..');

/** With waiting, the largest account takes ten minutes for each subject, which says nothing more about them. */
const LARGEST_WITH_LATENCY = 10_000;

/** A person begins it, API Gateway lets that run have 29 s, and the next one is killed early. */
function continuationPlan([latency_ms, seconds]: BenchOptions['continued']): ContinuationPlan {
  const next_ms = 1_000 * seconds;
  return { agents: 100_000, latency_ms, first_ms: 29_000, next_ms, kill_after_ms: next_ms / 15 };
}

const options = parseOptions(process.argv.slice(2));
const laboratory = await openLaboratory();
try {
  await report(await measureAll(laboratory, options), options);
} finally {
  await laboratory.close();
}

async function measureAll(
  laboratory: Laboratory,
  { sizes, latencies, continued, quick }: BenchOptions,
): Promise<BenchResults> {
  const progress = createProgress();
  const imports = await measureImports(laboratory.directory, progress.tell);
  const webhooks = await measureWebhooks(laboratory, progress.tell);
  const rate_limit = await measureRateLimit(laboratory, quick ? 200 : 600, 20, progress.tell);
  const cells: Cell[] = [];
  for (const latency_ms of latencies) {
    for (const size of sizes) {
      if (latency_ms > 0 && size > LARGEST_WITH_LATENCY) continue;
      cells.push(...(await measureScenarios(laboratory, size, latency_ms, progress.tell)));
    }
  }
  const continuation = quick ? null : await measureContinuation(laboratory, continuationPlan(continued), progress.tell);
  progress.end();
  const measured_at = new Date().toISOString();
  const cpus = availableParallelism();
  return { measured_at, node: process.versions.node, cpus, cells, continuation, rate_limit, webhooks, imports };
}

async function report(results: BenchResults, { docs }: BenchOptions): Promise<void> {
  const text = tables(results);
  await mkdir(join(PROJECT, 'reports'), { recursive: true });
  await writeFile(join(PROJECT, 'reports', 'bench.json'), `${JSON.stringify(results, null, 2)}\n`);
  if (docs) await putIntoDocs(text);
  console.log(`${text}\n\nAlso in reports/bench.json`);
}

async function putIntoDocs(text: string): Promise<void> {
  const file = join(PROJECT, 'docs', 'performance.md');
  const before = await readFile(file, 'utf8');
  await writeFile(
    file,
    before.replace(/(?<=<!-- bench -->\n).*(?=<!-- \/bench -->)/s, () => `\n${text}\n\n`),
  );
}
