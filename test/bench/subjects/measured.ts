/** A measured process: receives one task, runs it, sends the result and exits. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';

export function serveTask<Task, Result extends object>(
  schema: v.GenericSchema<unknown, Task>,
  work: (task: Task) => Promise<Result>,
): void {
  process.once('message', (message) => {
    void (async () => {
      const result = await work(v.parse(schema, message));
      process.send?.({ ...result, peak_bytes: peakBytes() }, () => process.exit(0));
    })();
  });
}

/** The result of `work` and its milliseconds. */
export async function timed<Result>(work: () => Promise<Result>): Promise<{ ms: number; result: Result }> {
  const began = performance.now();
  const result = await work();
  return { ms: performance.now() - began, result };
}

/** Linux counts the parent's memory in a child's `maxRSS`, but not here. */
function peakBytes(): number {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return Number(kilobytes) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
