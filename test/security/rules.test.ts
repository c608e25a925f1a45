/** Rules that hold for every line of the source, found in its syntax tree or its text. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseSync } from '@swc/core';
import * as v from 'valibot';

const ROOT = join(import.meta.dirname, '../..');

interface Source {
  readonly path: string;
  readonly text: string;
}

function sources(...folders: readonly string[]): readonly Source[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file))
      .map((file) => ({ path: `${folder}/${file}`, text: readFileSync(join(ROOT, folder, file), 'utf8') })),
  );
}

const ours = sources('shared', 'functions');
/** What runs where requests arrive: the page runs in a browser, and the build before any of it. */
const service = ours.filter(({ path }) => !/^functions\/console\/(page\/|build)/.test(path));

function places(files: readonly Source[], pattern: RegExp): readonly string[] {
  return files
    .filter(({ text }) => pattern.test(text.replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, '')))
    .map(({ path }) => path)
    .sort();
}

/** Every template literal with something filled in, as `path: ${what}`. */
function interpolations({ path, text }: Source, looks: RegExp): readonly string[] {
  const tree: unknown = parseSync(text, { syntax: 'typescript', target: 'es2024' });
  const found: string[] = [];
  visit(tree, (node) => {
    if (node['type'] !== 'TemplateLiteral') return;
    const template = v.parse(Template, node);
    if (!looks.test(template.quasis.map(({ raw }) => raw).join(' '))) return;
    found.push(...template.expressions.map((expression) => `${path}: ${nameOf(expression)}`));
  });
  return found;
}

const Template = v.object({ quasis: v.array(v.object({ raw: v.string() })), expressions: v.array(v.unknown()) });
const Identifier = v.object({ type: v.literal('Identifier'), value: v.string() });

function nameOf(expression: unknown): string {
  return v.is(Identifier, expression) ? expression.value : 'an expression';
}

function visit(node: unknown, see: (node: Readonly<Record<string, unknown>>) => void): void {
  if (Array.isArray(node)) for (const child of node) visit(child, see);
  if (!v.is(Node, node)) return;
  see(node);
  for (const child of Object.values(node)) visit(child, see);
}

const Node = v.record(v.string(), v.unknown());

describe('SQL', () => {
  test('is written in shared/db alone', () => {
    const sql = /`\s*(with \w+ (as|\()|(select|insert into|update|delete from|alter|create table)\s)/i;
    expect(places(service, sql).filter((path) => !path.startsWith('shared/db/'))).toEqual([]);
  });

  test('has values as parameters: only lists of columns and our own numbers are ever filled in', () => {
    const sql = /\b(select|insert|update|delete|from|where|set|values)\b/i;
    const filled = service
      .filter(({ path }) => path.startsWith('shared/db/'))
      .flatMap((file) => interpolations(file, sql));
    const inSql = filled.filter((place) => !place.startsWith('shared/db/connection.ts'));
    expect([...new Set(inSql)].sort()).toEqual([
      'shared/db/archive.ts: an expression',
      'shared/db/interviewers.ts: COLUMNS',
      'shared/db/owner-session.ts: LOCK_TIMEOUT_MS',
      'shared/db/readings.ts: COLUMNS',
      'shared/db/runs.ts: COLUMNS',
    ]);
  });
});

describe('secrets', () => {
  test('are compared by functions that take the same time whatever they find', () => {
    expect(places(service, /\btimingSafeEqual\(sha256\(given\), sha256\(expected\)\)/)).toEqual([
      'shared/http/access.ts',
    ]);
    expect(places(service, /\bverifySignature\(/)).toEqual([
      'functions/webhook/index.ts',
      'shared/retell/signature.ts',
    ]);
    const sdk = readFileSync(join(ROOT, 'node_modules/retell-sdk/lib/webhook_auth.mjs'), 'utf8');
    // WebCrypto's verify compares in constant time.
    expect(sdk).toMatch(/return subtle\.verify\('HMAC', key, digest, /);
  });

  test('and all other settings come from the environment by one door', () => {
    expect(places(service, /\bprocess\.env\b/)).toEqual(['shared/config.ts']);
  });
});

test('requests leave for Retell, AWS and CloudFormation, and for nowhere else', () => {
  expect(
    places(service, /\bfetch\(|from 'node:(http|https|http2|net|tls|dgram|dns)'|\bWebSocket\(|\bEventSource\(/),
  ).toEqual(['shared/aws/deployment-event.ts', 'shared/db/connection.ts', 'shared/retell/connection.ts']);
  expect(places(service, /from 'node:tls'/)).toEqual(['shared/db/connection.ts']);
});

test('nothing from outside is run as code or as a command', () => {
  expect(places(service, /\beval\(|\bnew Function\(|from 'node:(child_process|vm|worker_threads)'/)).toEqual([]);
});

test('the page puts text on the screen and never HTML', () => {
  const page = sources('functions/console/page');
  expect(page.length).toBeGreaterThan(10);
  expect(places(page, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|javascript:/i)).toEqual([]);
});

test('nothing is merged into an object by a name from outside', () => {
  expect(places(service, /\bObject\.assign\(|\bstructuredClone\(|\bmerge\(/)).toEqual(['shared/http/direct.ts']);
});

test('nothing is ever deleted in Retell', () => {
  expect(places(service, /\bagent\.delete\b|delete-agent/)).toEqual([]);
  const retell = service.filter(({ path }) => path.startsWith('shared/retell/'));
  const calls = retell.flatMap(({ text }) =>
    [...text.matchAll(/\bclient\.(\w+\.\w+)\(/g)].map((match) => match[1] ?? ''),
  );
  expect([...new Set(calls)].sort()).toEqual([
    'agent.create',
    'agent.createVersion',
    'agent.list',
    'agent.publish',
    'agent.retrieve',
    'agent.update',
    'identity.retrieve',
  ]);
});

test('nothing that matters is kept in files, which the next container would not have', () => {
  expect(places(service, /\b(writeFile|appendFile|createWriteStream|mkdtemp|tmpdir)\b/)).toEqual([]);
});

test('no promise is left alone: the linter refuses it', () => {
  const { rules } = v.parse(
    v.object({ rules: v.record(v.string(), v.unknown()) }),
    JSON.parse(readFileSync(join(ROOT, '.oxlintrc.json'), 'utf8')),
  );
  expect(rules).toMatchObject({
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/await-thenable': 'error',
  });
});
