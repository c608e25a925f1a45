/** Bundles as the deployment does, because that is what has to fit a Lambda's memory and to start fast. */
import { join } from 'node:path';
import { build } from 'esbuild';
import { BUNDLE, EXTERNAL, PROJECT } from '../../infra/aws/function.ts';

/** Bundles a file of the project, given by its path in it; returns where the bundle is. */
export async function bundle(entry: string, directory: string): Promise<string> {
  const outfile = join(directory, `${entry.replaceAll(/[/.]/g, '-')}.cjs`);
  await build({
    entryPoints: [join(PROJECT, entry)],
    outfile,
    ...BUNDLE,
    mainFields: [...BUNDLE.mainFields],
    bundle: true,
    platform: 'node',
    sourcemap: true,
    sourcesContent: false,
    external: EXTERNAL,
    logLevel: 'error',
  });
  return outfile;
}
