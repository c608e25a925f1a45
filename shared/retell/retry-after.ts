/**
 * How long an answer asks to wait: `retry-after-ms`, or `Retry-After` in seconds or as an HTTP date.
 * Milliseconds, at least 0; null when it does not say, or not intelligibly.
 */
export function retryAfter(headers: Headers, now: number): number | null {
  return milliseconds(headers.get('retry-after-ms'), 1) ?? inRetryAfter(headers.get('retry-after'), now);
}

function inRetryAfter(header: string | null, now: number): number | null {
  const seconds = milliseconds(header, 1000);
  if (seconds !== null || header === null) return seconds;
  const date = /[a-z]/iu.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

function milliseconds(header: string | null, unit: number): number | null {
  return header !== null && /^\d{1,12}(?:\.\d+)?$/u.test(header.trim()) ? Number(header) * unit : null;
}
