/**
 * `npm run bundle:report`: what is in each function's bundle, and what importing it costs compared with an empty file.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleFunctions, bytesByPackage, type FunctionBundle } from './bundle.ts';

const IMPORTS = 9;
/** How many packages are listed for each function; the rest are summed up. */
const NAMED = 12;

async function report(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'voice-agent-sync-bundles-'));
  try {
    const empty = join(directory, 'empty.cjs');
    writeFileSync(empty, 'exports.handler = 1;\n');
    console.log(`empty file: import ${importMs(empty).toFixed(0)} ms of CPU (median of ${IMPORTS} cold processes)\n`);
    for (const built of await bundleFunctions(directory)) reportFunction(built);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function reportFunction({ name, file, metafile }: FunctionBundle): void {
  const parts = [...bytesByPackage(metafile)].sort(([, a], [, b]) => b - a);
  console.log(`${name}: ${kilobytes(sum(parts))}, import ${importMs(file).toFixed(0)} ms of CPU`);
  for (const [part, size] of [...parts.slice(0, NAMED), ['others', sum(parts.slice(NAMED))] as const])
    console.log(`  ${kilobytes(size).padStart(8)}  ${part ?? 'our own code'}`);
}

function sum(parts: readonly (readonly [string | null, number])[]): number {
  return parts.reduce((total, [, bytes]) => total + bytes, 0);
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1_024).toFixed(0)} KB`;
}

/**
 * Milliseconds of processor time, which other work on the machine affects less than elapsed time. Each import runs in its
 * own process, with the Lambda's options.
 */
function importMs(file: string): number {
  const script =
    'const began=process.cpuUsage();await import(process.argv[1]);' +
    'const {user,system}=process.cpuUsage(began);console.log((user+system)/1000)';
  const times = Array.from({ length: IMPORTS }, () =>
    Number(
      execFileSync(process.execPath, ['--enable-source-maps', '--input-type=module', '-e', script, file], {
        encoding: 'utf8',
      }),
    ),
  );
  return times.sort((a, b) => a - b)[Math.floor(IMPORTS / 2)] ?? Number.NaN;
}

await report();
