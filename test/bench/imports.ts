/** The import time of each function's bundle, beside an empty one. */
import { execFile } from 'node:child_process';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundle } from '../../infra/aws/bundle.ts';
import type { HttpFunctionName } from '../../shared/api/endpoint.ts';

export interface ImportResult {
  readonly name: string;
  readonly bytes: number;
  /** The minimum of all tries, because a busy machine only adds time. */
  readonly ms: number;
}

const FUNCTIONS: readonly (HttpFunctionName | 'migrate')[] = [
  'sync',
  'audit',
  'cleanup',
  'webhook',
  'scheduled-sync',
  'console',
  'migrate',
];
const TRIES = 15;
const run = promisify(execFile);

export async function measureImports(
  directory: string,
  progress: (what: string) => void,
): Promise<readonly ImportResult[]> {
  const empty = join(directory, 'empty.cjs');
  await writeFile(empty, 'exports.handler = () => {};\n');
  const files = [{ name: 'empty', file: empty }];
  for (const name of FUNCTIONS) {
    const file = join(directory, `${name}.cjs`);
    await bundle(`functions/${name}/index.ts`, file);
    files.push({ name, file });
  }
  const times = new Map<string, number[]>(files.map(({ name }) => [name, []]));
  // In turn, so that a busy moment affects all functions.
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    progress(`imports (${attempt} of ${TRIES})`);
    for (const { name, file } of files) times.get(name)?.push(await importTime(file));
  }
  return Promise.all(
    files.map(async ({ name, file }) => ({
      name,
      bytes: (await stat(file)).size,
      ms: Math.min(...(times.get(name) ?? [])),
    })),
  );
}

/** With the options of the Lambda. */
async function importTime(file: string): Promise<number> {
  const script = `const t = performance.now(); await import(${JSON.stringify(file)}); console.log(performance.now() - t); process.exit()`;
  const { stdout } = await run(process.execPath, ['--enable-source-maps', '--input-type=module', '--eval', script]);
  return Number(stdout);
}
