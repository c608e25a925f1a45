/** Commands that we document or print: every user of a machine can read the command lines of its programs. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
const texts = globSync(['*.md', 'docs/*.md', '{infra,shared,functions}/**/*.{ts,tsx,js}'], { cwd: ROOT })
  .filter((path) => !path.startsWith('functions/console/assets/'))
  .map((path) => [path, readFileSync(join(ROOT, path), 'utf8')] as const);

/** A secret as an argument of a program. `printf` is built into the shell, so it is not a program. */
const SHOWN = [
  /--secret-string (?!file:)\S+/g,
  /(?<!printf ['"])\bAuthorization: Bearer \$[\w({]+/g,
  /\b(psql|pg_dump|pg_restore|createdb) ['"]?(postgres(ql)?:|\$DATABASE_URL)/g,
  /--(password|token|api-key)[= ][$'"]\S*/g,
];

test('[S96] no command puts a password, key or token on a command line', () => {
  expect(texts.length).toBeGreaterThan(200);
  const shown = texts.flatMap(([path, text]) =>
    SHOWN.flatMap((pattern) => [...text.matchAll(pattern)].map(([found]) => `${path}: ${found}`)),
  );
  // A header of a request, not of a command.
  expect(shown.filter((line) => !/: Authorization: Bearer \$\{/.test(line))).toEqual([]);
});
