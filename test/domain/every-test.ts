/** All tests of the domain as one file, for Stryker: a thousand mutants would else load fast-check six thousand times. */
import { globSync } from 'node:fs';
import { join } from 'node:path';

for (const file of globSync('*.test.ts', { cwd: import.meta.dirname }).sort()) {
  await import(join(import.meta.dirname, file));
}
