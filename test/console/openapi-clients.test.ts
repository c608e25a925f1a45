/** Clients that public generators make of the OpenAPI document compile under `strict`. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openApiDocument } from '../../functions/console/openapi.ts';

const run = promisify(execFile);

const GENERATORS = join(import.meta.dirname, '..', '..', '.ci', 'openapi-clients');
const program = (path: string) => join(GENERATORS, 'node_modules', path);
const isInstalled = existsSync(program('openapi-typescript')) && existsSync(program('@hey-api/openapi-ts'));
// Printed, because a skipped test looks like a passed test.
if (!isInstalled) {
  console.warn('The generators of clients are SKIPPED: npm ci --ignore-scripts --prefix .ci/openapi-clients');
}

/** As a user calls it, so that a changed request shows. */
const USE_OF_SDK = `
import { client } from './client.gen';
import { listRuns, sync, undoRun } from './sdk.gen';

client.setConfig({ baseUrl: 'http://127.0.0.1:3000', auth: 'token' });
const { data } = await listRuns({ query: { kind: 'sync', changed: 'true' } });
for (const { id, undone_by } of data?.runs ?? []) if (undone_by === null) await undoRun({ path: { id }, body: { dry_run: true } });
const { data: report, error } = await sync({ body: { dry_run: true } });
export const changes = report?.updated.flatMap((entry) => entry.changes ?? []);
export const code = error?.code;
`;

const USE_OF_TYPES = `
import type { paths } from './api';

type Status = paths['/api/scheduled-sync']['get']['responses'][200]['content']['application/json'];
export const stateOf = (response: Status) => ('status' in response ? response.status.state : null);
export const body: paths['/api/sync-retell-agents']['post']['requestBody'] = { content: { 'application/json': { dry_run: true } } };
`;

const TSCONFIG = {
  compilerOptions: {
    strict: true,
    noEmit: true,
    target: 'es2022',
    module: 'esnext',
    moduleResolution: 'bundler',
    lib: ['es2023', 'dom', 'dom.iterable'],
    types: [],
  },
};

(isInstalled ? describe : describe.skip)('a generated client compiles under strict:', () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'voice-agent-sync-clients-'));
    await writeFile(join(home, 'openapi.json'), JSON.stringify(openApiDocument()));
  });
  afterAll(() => rm(home, { recursive: true }));

  async function generate(name: string, [script = '', ...args]: readonly string[], use: string): Promise<string[]> {
    const folder = join(home, name);
    await mkdir(folder);
    await run(process.execPath, [program(script), ...args], { cwd: home });
    await writeFile(join(folder, 'use.ts'), use);
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    // Its output names the errors.
    const compiled = await run(process.execPath, [program('typescript/bin/tsc'), '-p', folder]).catch(
      ({ stdout, stderr }: Record<'stdout' | 'stderr', string>) => ({ stdout: `${stdout}${stderr}failed` }),
    );
    expect(compiled.stdout).toBe('');
    return readdir(folder);
  }

  test('of @hey-api/openapi-ts', async () => {
    const generator = '@hey-api/openapi-ts/bin/run.js';
    const files = await generate('sdk', [generator, '-i', 'openapi.json', '-o', 'sdk', '--no-log-file'], USE_OF_SDK);
    expect(files).toContain('sdk.gen.ts');
  }, 120_000);

  test('of openapi-typescript', async () => {
    const generator = 'openapi-typescript/bin/cli.js';
    const options = ['-o', 'types/api.ts', '--default-non-nullable=false'];
    expect(await generate('types', [generator, 'openapi.json', ...options], USE_OF_TYPES)).toContain('api.ts');
  }, 120_000);
});
