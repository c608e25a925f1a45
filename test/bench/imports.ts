import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundle } from '../../infra/aws/bundle.ts';

const TRIES = 15;
const run = promisify(execFile);

/** Milliseconds that importing the webhook's bundle takes: the minimum of all tries, because a busy machine only adds time. */
export async function measureImport(directory: string, progress: (what: string) => void): Promise<number> {
  progress('import');
  const file = join(directory, 'imported.cjs');
  await bundle('functions/webhook/index.ts', file);
  const times: number[] = [];
  for (let attempt = 1; attempt <= TRIES; attempt += 1) times.push(await importTime(file));
  return Math.min(...times);
}

/** With the options of the Lambda. */
async function importTime(file: string): Promise<number> {
  const script = `const t = performance.now(); await import(${JSON.stringify(file)}); console.log(performance.now() - t); process.exit()`;
  const { stdout } = await run(process.execPath, ['--enable-source-maps', '--input-type=module', '--eval', script]);
  return Number(stdout);
}
