/** A bucket of one second's worth of requests, refilled steadily. Returns whether the request may pass. */
export function createRateLimit(perSecond: number, now: () => number = Date.now): () => boolean {
  let tokens = perSecond;
  let filled_at = now();
  return () => {
    const at = now();
    tokens = Math.min(perSecond, tokens + ((at - filled_at) / 1000) * perSecond);
    filled_at = at;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
