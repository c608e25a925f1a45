import { rm } from 'node:fs/promises';

/** jest's globalTeardown. */
export default async function stopTestPostgres(): Promise<void> {
  await globalThis.testPostgres?.stop();
  await rm(process.env['TEST_SYNTHESIS'] ?? '', { recursive: true, force: true });
}
