/** Verifies that a webhook was signed with one of our keys. */
import { Retell } from 'retell-sdk';

/** Excludes several headers, which arrive joined by commas, and the bare digests that Retell sent before 2024. */
const SIGNATURE = /^v=\d{13},d=[0-9a-f]{64}$/u;

/**
 * Verifies `x-retell-signature` over the raw body with every key, so that a key can be rotated. A signature more than five
 * minutes old, or ahead, is invalid. Never throws.
 */
export async function verifySignature(
  rawBody: Buffer | string,
  header: string | undefined,
  keys: readonly string[],
): Promise<boolean> {
  if (header === undefined || !SIGNATURE.test(header)) return false;
  const body = typeof rawBody === 'string' ? rawBody : utf8(rawBody);
  if (body === null || !body.isWellFormed()) return false;
  // All keys are tried, even after a match, so that the time taken reveals nothing.
  const usable = keys.filter((key) => key !== '');
  const verdicts = await Promise.all(usable.map((key) => Retell.verify(body, key, header)));
  return verdicts.includes(true);
}

/** The SDK verifies text: invalid UTF-8 would be verified as something else than what was sent. */
function utf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
