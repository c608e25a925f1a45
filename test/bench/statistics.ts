/** NaN for no values. */
function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

export function summarize(times: readonly number[]): { p50_ms: number; p95_ms: number; samples: number } {
  return { p50_ms: median(times), p95_ms: percentile(times, 0.95), samples: times.length };
}
