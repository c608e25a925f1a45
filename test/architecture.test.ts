/** The rules of the house, as far as a machine can see them. */
import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';

interface Import {
  readonly from: string;
  readonly to: string;
  readonly type_only: boolean;
}

const ROOT = join(import.meta.dirname, '..');
/** The page is a program of its own, for the browser. */
const PAGE = 'functions/console/page/';

let sources: ReadonlyMap<string, string>;
let imports: readonly Import[];
let pageImports: readonly Import[];

beforeAll(async () => {
  const paths = globSync('{shared,functions,infra}/**/*.ts', { cwd: ROOT });
  const code = paths.filter((path) => !path.startsWith(PAGE)).sort();
  sources = new Map(await Promise.all(code.map(async (path) => [path, await read(path)] as const)));
  imports = [...sources].flatMap(([path, text]) => importsOf(path, text));
  const page = globSync(`${PAGE}**/*.{ts,tsx}`, { cwd: ROOT });
  pageImports = (await Promise.all(page.map(async (path) => importsOf(path, await read(path))))).flat();
});

function read(path: string): Promise<string> {
  return readFile(join(ROOT, path), 'utf8');
}

function importsOf(from: string, text: string): readonly Import[] {
  const found = text.matchAll(/^(?:import|export) (type )?[^;]*?from '(\.[^']*)';|import\('(\.[^']*)'\)/gms);
  return [...found].map(([, type, path, dynamic]) => ({
    from,
    to: normalize(join(dirname(from), path ?? dynamic ?? '')),
    type_only: type !== undefined,
  }));
}

/** `all`: what a file below the path may import; `types`: what it may import with `import type` only. */
interface Rule {
  readonly all: readonly string[];
  readonly types?: readonly string[];
}

/** The first path that fits a file is its layer, and what is below it it may import anyway. */
const LAYERS: Readonly<Record<string, Rule>> = {
  'shared/contract.ts': { all: [] },
  'shared/errors.ts': { all: [] },
  'shared/certificate-code.ts': { all: [] },
  'shared/cut-text.ts': { all: [] },
  'shared/domain/': { all: ['shared/cut-text.ts'] },
  'shared/comma-list.ts': { all: [] },
  'shared/log-level.ts': { all: [] },
  'shared/domain-event.ts': { all: [], types: ['shared/contract.ts'] },
  'shared/config.ts': {
    all: ['shared/comma-list.ts', 'shared/contract.ts', 'shared/domain/', 'shared/log-level.ts'],
  },
  'shared/log.ts': { all: ['shared/log-level.ts', 'shared/redact.ts', 'shared/text-line.ts'] },
  'shared/redact.ts': { all: [] },
  'shared/text-line.ts': { all: [], types: ['shared/log-level.ts'] },
  'shared/retell/': {
    all: ['shared/certificate-code.ts', 'shared/contract.ts', 'shared/errors.ts', 'shared/log.ts'],
    types: ['shared/domain/'],
  },
  // What a new row says is the domain's, and its pure functions.
  'shared/db/': {
    all: ['shared/certificate-code.ts', 'shared/contract.ts', 'shared/errors.ts', 'shared/log.ts', 'shared/domain/'],
  },
  // Statements are imported, but what they are sent with arrives as an argument; of Retell, only types are known.
  'shared/sync/': {
    all: ['shared/domain/', 'shared/db/', 'shared/contract.ts', 'shared/errors.ts', 'shared/log.ts'],
    types: ['shared/retell/', 'shared/core-services.ts', 'shared/services.ts', 'shared/domain-event.ts'],
  },
  'shared/http/': {
    all: ['shared/contract.ts', 'shared/cut-text.ts', 'shared/errors.ts', 'shared/log.ts'],
    types: ['shared/metrics.ts', 'shared/sync/'],
  },
  'shared/aws/': {
    all: [
      'shared/certificate-code.ts',
      'shared/comma-list.ts',
      'shared/contract.ts',
      'shared/errors.ts',
      'shared/config.ts',
      'shared/secrets.ts',
      'shared/log.ts',
      'shared/db/database-error.ts',
      'shared/db/iam-service-role.ts',
      'shared/db/migrate.ts',
      'shared/db/owner-client.ts',
      'shared/db/service-role.ts',
    ],
    types: ['shared/domain-event.ts'],
  },
  'shared/secrets.ts': {
    all: ['shared/aws/', 'shared/comma-list.ts', 'shared/errors.ts'],
    types: ['shared/config.ts'],
  },
  'shared/events.ts': { all: ['shared/aws/put-events.ts'], types: ['shared/domain-event.ts', 'shared/log.ts'] },
  'shared/metrics.ts': { all: ['shared/contract.ts'], types: ['shared/log.ts'] },
  'shared/core-services.ts': {
    all: [
      'shared/aws/rds-token.ts',
      'shared/config.ts',
      'shared/contract.ts',
      'shared/db/pool.ts',
      'shared/log.ts',
      'shared/metrics.ts',
      'shared/secrets.ts',
    ],
  },
  'shared/services.ts': {
    all: [
      'shared/comma-list.ts',
      'shared/contract.ts',
      'shared/core-services.ts',
      'shared/events.ts',
      'shared/retell/client.ts',
    ],
    types: ['shared/config.ts', 'shared/secrets.ts'],
  },
  'functions/migrate/': { all: ['shared/aws/', 'shared/errors.ts', 'shared/contract.ts'] },
  'functions/': {
    all: [
      'shared/http/',
      'shared/sync/',
      'shared/core-services.ts',
      'shared/services.ts',
      'shared/contract.ts',
      'shared/errors.ts',
      'shared/retell/signature.ts',
    ],
  },
  'infra/supply-chain/': { all: [] },
  'infra/aws/': { all: ['shared/contract.ts'] },
  'infra/local/': {
    all: [
      'functions/',
      'shared/config.ts',
      'shared/contract.ts',
      'shared/db/migrate.ts',
      'shared/errors.ts',
      'shared/http/',
      'shared/log.ts',
      'shared/services.ts',
      // The first sync, whose answer npm start puts into words.
      'shared/sync/scheduled-sync.ts',
    ],
    types: ['shared/domain/', 'shared/domain-event.ts', 'shared/events.ts', 'shared/sync/'],
  },
};

function layerOf(path: string): string | undefined {
  return Object.keys(LAYERS).find((layer) => path.startsWith(layer));
}

function isAllowed({ from, to, type_only }: Import): boolean {
  const layer = layerOf(from);
  if (layer === undefined) return false;
  const { all = [], types = [] } = LAYERS[layer] ?? {};
  return [layer, ...all, ...(type_only ? types : [])].some((allowed) => to.startsWith(allowed));
}

describe('imports', () => {
  test('every file belongs to a layer', () => {
    expect(imports.length).toBeGreaterThan(sources.size);
    expect([...sources.keys()].filter((path) => layerOf(path) === undefined)).toEqual([]);
  });

  test('each layer imports only what is below it', () => {
    const forbidden = imports.filter((found) => !isAllowed(found));
    expect(forbidden.map(({ from, to, type_only }) => `${from} ${type_only ? '(types) ' : ''}-> ${to}`)).toEqual([]);
  });

  test('no function imports another', () => {
    const folder = (path: string) => path.split('/').slice(0, 2).join('/');
    const between = imports.filter(({ from, to }) => from.startsWith('functions/') && to.startsWith('functions/'));
    expect(between.filter(({ from, to }) => folder(from) !== folder(to))).toEqual([]);
  });

  test('go round in no circle, of types neither', () => {
    expect(pageImports.length).toBeGreaterThan(50);
    const next = Map.groupBy([...imports, ...pageImports], ({ from }) => from);
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      if (trail.includes(path) || done.has(path)) return;
      for (const { to } of next.get(path) ?? []) visit(to, [...trail, path]);
      done.add(path);
    };
    for (const path of next.keys()) visit(path, []);
    expect(circles).toEqual([]);
  });

  test('the domain knows no clock, no chance, no promise, and of Node only hashes', () => {
    const impure =
      /Date\.now|new Date\(\)|Math\.random|\bawait\b|\basync\b|\bPromise\b|process\.|node:(?!crypto)|setTimeout/;
    expect(pathsWith(impure, 'shared/domain/')).toEqual([]);
  });
});

function pathsWith(pattern: RegExp, ...below: readonly string[]): readonly string[] {
  return [...sources]
    .filter(([path, text]) => below.some((start) => path.startsWith(start)) && pattern.test(text))
    .map(([path]) => path);
}

describe('habits', () => {
  test('only shared/config.ts reads the environment', () => {
    expect(pathsWith(/process\.env\b(?!`)/, 'shared/', 'functions/', 'infra/')).toEqual([
      // Passes it on to the Postgres that it starts, without the settings that are meant for another.
      'infra/local/embedded-postgres.ts',
      // Whether a stack is shown when even the configuration cannot be read.
      'infra/local/start.ts',
      'shared/config.ts',
    ]);
  });

  test('no file asks whether it is the program: the oldest Node that we run on does not know', () => {
    // There `import.meta.main` is undefined, and a command that does nothing exits with 0.
    expect(pathsWith(/import\.meta\.main/, 'shared/', 'functions/', 'infra/')).toEqual([]);
  });

  test('a code has one status, and a message is a whole sentence', () => {
    const made = /new AppError\(\s*(\d+),\s*'(\w+)',\s*('[^']*'|"[^"]*"|`[^`]*`),/g;
    const errors = [...sources].flatMap(([path, text]) => [...text.matchAll(made)].map((found) => ({ path, found })));
    const statuses = Map.groupBy(errors, ({ found }) => found[2] ?? '');
    const several = [...statuses].filter(([, same]) => new Set(same.map(({ found }) => found[1])).size > 1);
    expect(several.map(([code]) => code)).toEqual([]);
    const fragments = errors.filter(({ found }) => !/[.?]['"`]$/.test(found[3] ?? ''));
    expect(fragments.map(({ path, found }) => `${path}: ${found[3]}`)).toEqual([]);
    expect(errors.length).toBeGreaterThan(30);
  });

  test('only shared/db speaks SQL', () => {
    const sql =
      /[`'"]\s*(select|insert into|delete from|truncate|alter table|create (table|index)|update \w+ set|with \w+ as)\s/;
    expect(pathsWith(sql, 'shared/', 'functions/').filter((path) => !path.startsWith('shared/db/'))).toEqual([]);
  });

  test('no file is long, and no code hides in a heap of odds and ends', () => {
    const long = [...sources].filter(([, text]) => text.split('\n').length > 250);
    expect(long.map(([path]) => path)).toEqual([]);
    const heaps = /(^|\/)(utils?|helpers?|common|misc)(\.|\/|-|$)/;
    expect([...sources.keys()].filter((path) => heaps.test(path))).toEqual([]);
  });

  test('names are in kebab-case', () => {
    const paths = globSync('{shared,functions,infra,test}/**/*.{ts,tsx,js,sql}', { cwd: ROOT });
    const kebab = /^([a-z0-9]+(-[a-z0-9]+)*\/)+[a-z0-9]+(-[a-z0-9]+)*(\.(test|properties))*\.(ts|tsx|js|sql|d\.ts)$/;
    expect(paths.filter((path) => !kebab.test(path) && !path.includes('/assets/'))).toEqual([]);
  });

  test('nothing happens at import: every file can be imported with an empty environment', async () => {
    // Programs that are run, not imported.
    const programs = new Set(['functions/console/build-page.ts']);
    const modules = [...sources.keys()].filter((path) => !path.startsWith('infra/') && !programs.has(path));
    const script = modules.map((path) => `await import(${JSON.stringify(join(ROOT, path))});`).join('\n');
    const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script];
    // It ends by itself: nothing was left running.
    const { stdout, stderr } = await promisify(execFile)(process.execPath, flags, { env: {}, timeout: 60_000 });
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' });
  }, 60_000);
});

describe('what the documents tell to run', () => {
  const Manifest = v.object({ scripts: v.record(v.string(), v.string()) });

  test('is there', async () => {
    const { scripts } = v.parse(Manifest, JSON.parse(await read('package.json')));
    const documents = ['README.md', ...globSync('docs/*.md', { cwd: ROOT })];
    const missing: string[] = [];
    for (const document of documents.filter((path) => existsSync(join(ROOT, path)))) {
      for (const command of commandsIn(await read(document))) {
        if (!exists(command, scripts)) missing.push(`${document}: ${command}`);
      }
    }
    expect(missing).toEqual([]);
  });
});

/** Lines of shell blocks, without the variables before and the arguments after. */
function commandsIn(document: string): readonly string[] {
  const blocks = [...document.matchAll(/^```(?:sh|bash|shell|console)\n(.*?)^```/gms)].map(([, block]) => block ?? '');
  return blocks
    .flatMap((block) => block.split('\n'))
    .map((line) => line.replace(/^\$ /, '').replace(/^(\w+=\S*\s+)+/, ''))
    .filter((line) => /^(npm|node|\.\/|\.ci\/)/.test(line));
}

const NPM_COMMANDS = /^npm (ci|install|audit|sbom|ls|version)\b/;

function exists(command: string, scripts: Readonly<Record<string, string>>): boolean {
  const [program = '', first = '', second = ''] = command.split(/\s+/);
  if (program === 'npm') return NPM_COMMANDS.test(command) || (first === 'run' ? second : first) in scripts;
  return existsSync(join(ROOT, program === 'node' ? first : program));
}
