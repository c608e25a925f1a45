/** `npm run sbom`: writes a CycloneDX bill of materials of each Lambda's bundle to `.local/sbom` or a given folder. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import * as v from 'valibot';
import { buildConsoleAssets } from '../../functions/console/build-assets.ts';
import { bundleFunctions, type FunctionBundle } from '../aws/bundle.ts';
import { CERTIFICATES } from '../aws/function.ts';

const PROJECT = join(import.meta.dirname, '../..');
const Manifest = v.object({ name: v.string(), version: v.string(), license: v.optional(v.string()) });
const Lockfile = v.object({ packages: v.record(v.string(), v.object({ integrity: v.optional(v.string()) })) });

const { packages } = v.parse(Lockfile, readJson('package-lock.json'));
const folder = process.argv[2] ?? join(PROJECT, '.local/sbom');
const builds = mkdtempSync(join(tmpdir(), 'voice-agent-sync-sbom-'));
mkdirSync(folder, { recursive: true });
for (const built of await bundleFunctions(builds)) {
  const path = join(folder, `${built.name}.cdx.json`);
  writeFileSync(path, JSON.stringify(billOfMaterials(built), null, 2));
  console.log(path);
}
rmSync(builds, { recursive: true });

function billOfMaterials({ name, file, metafile }: FunctionBundle): object {
  // The console's Lambda also contains the page.
  const page = name === 'console' ? [buildConsoleAssets(join(builds, 'page'))] : [];
  const { version } = v.parse(Manifest, readJson('package.json'));
  const content = createHash('sha256').update(readFileSync(file)).digest('hex');
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: { type: 'application', name, version, hashes: [{ alg: 'SHA-256', content }] },
    },
    components: packagePaths([metafile, ...page]).map(component),
  };
}

/** Paths of the packages in the bundle and of those beside it in the Lambda. */
function packagePaths(metafiles: readonly Pick<Metafile, 'outputs'>[]): readonly string[] {
  const outputs = metafiles.flatMap((metafile) => Object.values(metafile.outputs));
  const inputs = outputs.flatMap((output) => Object.entries(output.inputs));
  const used = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
  const paths = used.map((path) => /node_modules\/(?:.*node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  const deployed = [...paths.filter((path) => path !== undefined), `node_modules/${CERTIFICATES}`];
  return [...new Set(deployed)].toSorted();
}

function component(path: string): object {
  const { name, version, license } = v.parse(Manifest, readJson(`${path}/package.json`));
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const [, algorithm, digest = ''] = /^(sha512)-(.*)$/.exec(packages[path]?.integrity ?? '') ?? [];
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
    ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
    ...(algorithm === undefined
      ? {}
      : { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] }),
  };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(PROJECT, path), 'utf8'));
}
