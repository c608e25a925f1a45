/** Bundles as the deployment does, because that is what has to fit a Lambda's memory and to start fast. */
import { join } from 'node:path';
import { build } from 'esbuild';
import { EXTERNAL, PROJECT, REQUIRE_BANNER } from '../../infra/aws/function.ts';

/** Bundles a file of the project, given by its path in it; returns where the bundle is. */
export async function bundle(entry: string, directory: string): Promise<string> {
  const outfile = join(directory, `${entry.replaceAll(/[/.]/g, '-')}.mjs`);
  await build({
    entryPoints: [join(PROJECT, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    external: EXTERNAL,
    banner: { js: REQUIRE_BANNER },
    logLevel: 'error',
  });
  return outfile;
}
