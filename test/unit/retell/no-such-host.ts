/** A part of 64 characters is in no DNS, which is therefore not asked. */
export function noSuchHost(): Promise<{ url: string }> {
  return Promise.resolve({ url: `https://${'x'.repeat(64)}.invalid` });
}
