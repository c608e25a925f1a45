/** `npm run bundle:report`: what is in each function's bundle, and what importing it costs beside an empty file. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync, type Metafile } from 'esbuild';
import { BUNDLE, EXTERNAL, PROJECT } from './function.ts';
import { FUNCTIONS, unusedModules } from './functions.ts';

const IMPORTS = 9;
/** Packages named for each function; the rest are summed up. */
const NAMED = 12;

interface Part {
  readonly name: string;
  readonly bytes: number;
}

function report(): void {
  const directory = mkdtempSync(join(tmpdir(), 'voice-agent-sync-bundles-'));
  try {
    const empty = join(directory, 'empty.cjs');
    writeFileSync(empty, 'exports.handler = 1;\n');
    console.log(`empty file: import ${importMs(empty).toFixed(0)} ms of CPU (median of ${IMPORTS} cold processes)\n`);
    for (const name of readdirSync(join(PROJECT, 'functions')).sort()) reportFunction(name, directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function reportFunction(name: string, directory: string): void {
  const outfile = join(directory, `${name}.cjs`);
  const { metafile } = buildSync({
    entryPoints: [join(PROJECT, 'functions', name, 'index.ts')],
    outfile,
    ...BUNDLE,
    mainFields: [...BUNDLE.mainFields],
    bundle: true,
    platform: 'node',
    external: [...EXTERNAL, ...unusedModules(Object.entries(FUNCTIONS).find(([plan]) => plan === name)?.[1])],
    metafile: true,
    logLevel: 'error',
  });
  const parts = partsOf(metafile);
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(`${name}: ${kilobytes(total)}, import ${importMs(outfile).toFixed(0)} ms of CPU`);
  const rest = { name: 'others', bytes: parts.slice(NAMED).reduce((sum, { bytes }) => sum + bytes, 0) };
  for (const part of [...parts.slice(0, NAMED), rest])
    console.log(`  ${kilobytes(part.bytes).padStart(8)}  ${part.name}`);
}

/** By package, the largest first. */
function partsOf({ outputs }: Metafile): Part[] {
  const sizes = new Map<string, number>();
  for (const [path, { bytesInOutput }] of Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs))) {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? 'our own code';
    sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
  }
  return [...sizes].map(([name, bytes]) => ({ name, bytes })).sort((a, b) => b.bytes - a.bytes);
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1_024).toFixed(0)} KB`;
}

/** Milliseconds of CPU, which other work on the machine does not change as it does time; each in a process of its own. */
function importMs(file: string): number {
  const script =
    'const began=process.cpuUsage();await import(process.argv[1]);' +
    'const {user,system}=process.cpuUsage(began);console.log((user+system)/1000)';
  const times = Array.from({ length: IMPORTS }, () =>
    Number(execFileSync(process.execPath, ['--input-type=module', '-e', script, file], { encoding: 'utf8' })),
  );
  return times.sort((a, b) => a - b)[Math.floor(IMPORTS / 2)] ?? Number.NaN;
}

report();
