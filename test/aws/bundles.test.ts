import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bundleFunctions, bytesByPackage } from '../../infra/aws/bundle.ts';

const EVENTS = '@aws-sdk/client-eventbridge';
const JSON_SCHEMA = '@valibot/to-json-schema';
const RETELL = 'retell-sdk';

/** The packages that each function does not use. */
const UNUSED = {
  sync: [JSON_SCHEMA],
  audit: [JSON_SCHEMA],
  cleanup: [JSON_SCHEMA],
  webhook: [JSON_SCHEMA],
  'scheduled-sync': [JSON_SCHEMA],
  console: [EVENTS, RETELL],
  migrate: [EVENTS, JSON_SCHEMA, RETELL],
} as const;

const WATCHED = new Set<string | null>([EVENTS, JSON_SCHEMA, RETELL]);

interface Bundle {
  readonly packages: ReadonlySet<string | null>;
  readonly files: readonly string[];
  readonly bytes: number;
}

let directory: string;
const bundles = new Map<string, Bundle>();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'voice-agent-sync-bundles-'));
  for (const { name, file, metafile } of await bundleFunctions(directory)) {
    const files = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
    bundles.set(name, {
      packages: new Set(bytesByPackage(metafile).keys()),
      files,
      bytes: (await stat(file)).size,
    });
  }
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

test.each(Object.entries(UNUSED))('the bundle of %s leaves out what it does not use', (name, unused) => {
  const { packages, files } = bundles.get(name) ?? { packages: new Set(), files: [] };
  expect(WATCHED.difference(packages)).toEqual(new Set(unused));
  expect(files.filter((file) => file.includes('pg/lib/native/'))).toEqual([]);
});

test('the webhook, which Retell waits for, has the smallest bundle of the functions that write', () => {
  const bytes = (name: string) => bundles.get(name)?.bytes ?? Number.NaN;
  expect(bytes('webhook')).toBeLessThan(Math.min(bytes('sync'), bytes('cleanup'), bytes('scheduled-sync')));
});
