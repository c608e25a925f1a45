/** Proves that a webhook was signed by somebody who holds one of our keys. */
import { Retell } from 'retell-sdk';

/** Several headers arrive joined by commas, a bare digest is from before 2024: neither is a signature. */
const SIGNATURE = /^v=\d{13},d=[0-9a-f]{64}$/u;

/**
 * Checks `x-retell-signature` over the raw body against every key, so that a key can be rotated; older or newer than
 * five minutes is no signature. Never throws.
 */
export async function verifySignature(
  rawBody: Buffer | string,
  header: string | undefined,
  keys: readonly string[],
): Promise<boolean> {
  if (header === undefined || !SIGNATURE.test(header)) return false;
  const body = typeof rawBody === 'string' ? rawBody : utf8(rawBody);
  if (body === null || !body.isWellFormed()) return false;
  // Every key is tried, whichever fits, so that the time taken tells nothing.
  const usable = keys.filter((key) => key !== '');
  const verdicts = await Promise.all(usable.map((key) => Retell.verify(body, key, header)));
  return verdicts.includes(true);
}

/** The SDK signs text: bytes that are none would be verified as something else than what was sent. */
function utf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
