/** A label of 64 characters is invalid, so that no DNS server is queried. */
export function noSuchHost(): Promise<{ url: string }> {
  return Promise.resolve({ url: `https://${'x'.repeat(64)}.invalid` });
}
