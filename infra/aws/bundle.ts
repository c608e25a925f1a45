/** Bundles a file as the deployment does, to measure or inspect the result. */
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { BUNDLE, EXTERNAL, PROJECT } from './function.ts';

/** `entry` is a path in the project, `outfile` the path of the bundle and its source map. Returns the bundle's inputs. */
export async function bundle(entry: string, outfile: string): Promise<Metafile> {
  const { metafile } = await build({
    ...BUNDLE,
    entryPoints: [join(PROJECT, entry)],
    outfile,
    mainFields: [...BUNDLE.mainFields],
    bundle: true,
    platform: 'node',
    sourcemap: true,
    sourcesContent: false,
    external: EXTERNAL,
    metafile: true,
    logLevel: 'error',
  });
  return metafile;
}

/** Bytes of a bundle by package; null: our own code. */
export function bytesByPackage({ outputs }: Metafile): Map<string | null, number> {
  const bytes = new Map<string | null, number>();
  for (const [path, { bytesInOutput }] of Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs))) {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? null;
    bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput);
  }
  return bytes;
}
