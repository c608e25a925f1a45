/** Bundles a file as the deployment does, to measure or inspect the result. */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { BUNDLE, EXTERNAL, PROJECT } from './function.ts';

const OPTIONS = {
  ...BUNDLE,
  mainFields: [...BUNDLE.mainFields],
  bundle: true,
  platform: 'node',
  sourcemap: true,
  sourcesContent: false,
  external: EXTERNAL,
  metafile: true,
  logLevel: 'error',
} satisfies BuildOptions;

/** `entry` is a path in the project, `outfile` the path of the bundle and its source map. Returns the bundle's inputs. */
export async function bundle(entry: string, outfile: string): Promise<Metafile> {
  const { metafile } = await build({ ...OPTIONS, entryPoints: [join(PROJECT, entry)], outfile });
  return metafile;
}

export interface FunctionBundle {
  readonly name: string;
  readonly file: string;
  readonly metafile: Pick<Metafile, 'outputs'>;
}

/** Bundles every function, in half of the processor time of one after the other: most of their code is the same. */
export async function bundleFunctions(directory: string): Promise<readonly FunctionBundle[]> {
  const names = readdirSync(join(PROJECT, 'functions')).toSorted();
  const { metafile } = await build({
    ...OPTIONS,
    entryPoints: Object.fromEntries(names.map((name) => [name, join(PROJECT, 'functions', name, 'index.ts')])),
    outdir: directory,
    outExtension: { '.js': '.cjs' },
  });
  return names.map((name) => {
    const file = join(directory, `${name}.cjs`);
    const outputs = Object.entries(metafile.outputs).filter(([path]) => resolve(path) === file);
    return { name, file, metafile: { outputs: Object.fromEntries(outputs) } };
  });
}

/** Bytes of a bundle by package; null: our own code. */
export function bytesByPackage({ outputs }: Pick<Metafile, 'outputs'>): Map<string | null, number> {
  const bytes = new Map<string | null, number>();
  for (const [path, { bytesInOutput }] of Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs))) {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? null;
    bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput);
  }
  return bytes;
}
