/** `npm run bench`: compares the system with the floor, the fastest possible, and measures how soon a change is in its row. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { type ContinuationPlan, measureContinuation } from './continuation.ts';
import { measureFreshness } from './freshness.ts';
import { type Harness, openHarness } from './harness.ts';
import { measureImport } from './imports.ts';
import { type BenchOptions, parseOptions } from './options.ts';
import { createProgress } from './progress.ts';
import { measureRateLimit } from './rate-limit.ts';
import type { BenchResults } from './results.ts';
import { type Cell, measureScenarios } from './scenarios.ts';
import { tables } from './tables.ts';
import { measureWebhooks } from './webhooks.ts';

const PROJECT = join(import.meta.dirname, '..', '..');

/** With latency, the largest account would take ten minutes for each subject and show nothing new. */
const LARGEST_WITH_LATENCY = 10_000;

/** The first run, started by hand, has the 29 s of API Gateway; the next one is killed early. */
function continuationPlan([latency_ms, seconds]: BenchOptions['continued']): ContinuationPlan {
  const next_ms = 1_000 * seconds;
  return { agents: 100_000, latency_ms, first_ms: 29_000, next_ms, kill_after_ms: next_ms / 15 };
}

const options = parseOptions(process.argv.slice(2));
const harness = await openHarness();
try {
  await report(await measureAll(harness, options), options);
} finally {
  await harness.close();
}

async function measureAll(
  harness: Harness,
  { sizes, latencies, continued, quick }: BenchOptions,
): Promise<BenchResults> {
  const progress = createProgress();
  const [load = Number.NaN] = loadavg();
  const import_ms = await measureImport(harness.directory, progress.report);
  const webhooks = await measureWebhooks(harness, progress.report);
  const freshness = await measureFreshness(harness, quick ? 20 : 100, progress.report);
  const rate_limit = await measureRateLimit(harness, quick ? 200 : 600, 20, progress.report);
  const cells: Cell[] = [];
  for (const latency_ms of latencies) {
    for (const size of sizes) {
      if (latency_ms > 0 && size > LARGEST_WITH_LATENCY) continue;
      cells.push(...(await measureScenarios(harness, size, latency_ms, progress.report)));
    }
  }
  const continuation = quick ? null : await measureContinuation(harness, continuationPlan(continued), progress.report);
  progress.end();
  return {
    measured_at: new Date().toISOString(),
    command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
    node: process.versions.node,
    cpus: availableParallelism(),
    load,
    cells,
    continuation,
    rate_limit,
    webhooks,
    freshness,
    import_ms,
  };
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
