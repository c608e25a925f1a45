/**
 * All tests of the domain as one file, for Stryker: thousands of mutants would otherwise each load fast-check several
 * times.
 */
import { globSync } from 'node:fs';
import { join } from 'node:path';

// Properties last: they take the longest, and a failing example makes them unnecessary.
const files = globSync('*.test.ts', { cwd: import.meta.dirname }).sort();
for (const properties of [false, true]) {
  for (const file of files) {
    if (file.includes('.properties.') === properties) await import(join(import.meta.dirname, file));
  }
}
