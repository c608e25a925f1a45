/** Rules that hold for every line of the source, found in its syntax tree or its text. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { parseSource, type SyntaxNode, textOf, visit } from '../support/syntax-tree.ts';
import { ROOT, type Source, service, sources } from './sources.ts';

function places(files: readonly Source[], pattern: RegExp): readonly string[] {
  return files
    .filter(({ text }) => pattern.test(text.replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, '')))
    .map(({ path }) => path)
    .sort();
}

/** Every template literal with something filled in, as `path: ${what}`. */
function interpolations({ path, text }: Source, looks: RegExp): readonly string[] {
  const found: string[] = [];
  visit(parseSource(text), (node) => {
    if (v.is(Template, node) && looks.test(node.quasis.map(({ raw }) => raw).join(' '))) {
      found.push(...node.expressions.map((expression) => `${path}: ${nameOf(expression)}`));
    }
    return true;
  });
  return found;
}

const Template = v.object({
  type: v.literal('TemplateLiteral'),
  quasis: v.array(v.object({ raw: v.string() })),
  expressions: v.array(v.unknown()),
});
const Identifier = v.object({ type: v.literal('Identifier'), value: v.string() });

function nameOf(expression: unknown): string {
  return v.is(Identifier, expression) ? expression.value : 'an expression';
}

/** The widest expressions that name one of these, as they are written: the sides of an `&&` are two, a declaration is one. */
function expressionsWith(names: readonly string[], path: string): readonly string[] {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const found: string[] = [];
  visit(parseSource(text), (node) => {
    const inside = nodesIn(node);
    if (!isExpression(node) || v.is(Logical, node) || inside.some(isBody)) return true;
    if (inside.some((one) => v.is(Identifier, one) && names.includes(one.value))) found.push(textOf(node, text));
    return false;
  });
  return found;
}

const Logical = v.object({ type: v.literal('BinaryExpression'), operator: v.picklist(['&&', '||', '??']) });

function isExpression({ type }: SyntaxNode): boolean {
  return /^Identifier$|(?<!Function)Expression$/.test(String(type));
}

function isBody({ type }: SyntaxNode): boolean {
  return /^(Block|Function)(Statement|Body)$/.test(String(type));
}

function nodesIn(tree: SyntaxNode): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  visit(tree, (node) => found.push(node) > 0);
  return found;
}

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
      'shared/db/observations.ts: COLUMNS',
      // Shown to people.
      'shared/db/open-rights.ts: an expression',
      'shared/db/open-rights.ts: can',
      'shared/db/open-rights.ts: object',
      'shared/db/open-rights.ts: roles',
      'shared/db/owner-client.ts: SCHEMA_LOCK',
      'shared/db/runs.ts: COLUMNS',
      // The checked name of the platform's table, and our own settings.
      'shared/db/service-role.ts: an expression',
      'shared/db/session-settings.ts: an expression',
    ]);
  });
});

describe('secrets', () => {
  test('are compared by functions that take the same time whatever they find', () => {
    // All that is ever done with them, from their declaration on: any other comparison, or an early end, is one more.
    expect(expressionsWith(['authToken', 'expected'], 'shared/http/access.ts')).toEqual([
      'authToken',
      'expected',
      'await authToken()',
      'expected === null',
      'isSame(given, expected)',
      'expected',
      'timingSafeEqual(sha256(given), sha256(expected))',
    ]);
    expect(expressionsWith(['authToken'], 'shared/http/request-context.ts')).toEqual([
      'authToken',
      "await checkAccess(route.access, request.headers['authorization'], () => services.authToken())",
    ]);
    expect(expressionsWith(['keys', 'key', 'usable', 'verdicts'], 'shared/retell/signature.ts')).toEqual([
      'keys',
      'usable',
      "keys.filter((key) => key !== '')",
      'verdicts',
      'await Promise.all(usable.map((key) => Retell.verify(body, key, header)))',
      'verdicts.includes(true)',
    ]);
    expect(expressionsWith(['webhookKeys', 'keys'], 'functions/webhook/index.ts')).toEqual([
      'keys',
      'await services.webhookKeys()',
      '!(await verifySignature(request.raw_body, request.headers[SIGNATURE_HEADER], keys))',
    ]);
    expect(places(service, /\bwebhookKeys\(\)(?!:)/)).toEqual(['functions/webhook/index.ts']);
    expect(places(service, /\bauthToken\(\)(?!:)/)).toEqual([
      'shared/http/access.ts',
      'shared/http/request-context.ts',
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
    places(
      service,
      /\bfetch\(|('node:|\bfrom '|\bimport\(')(http|https|http2|net|tls|dgram|dns)\b|\b(WebSocket|EventSource)\(/,
    ),
  ).toEqual(['shared/aws/deployment-event.ts', 'shared/db/connection.ts', 'shared/retell/connection.ts']);
  expect(places(service, /('node:|\bfrom '|\bimport\(')tls\b/)).toEqual(['shared/db/connection.ts']);
});

test('nothing from outside is run as code or as a command', () => {
  expect(places(service, /\beval\(|\bnew Function\(|'(node:)?(child_process|vm|worker_threads)'/)).toEqual([]);
});

test('the page puts text on the screen and never HTML', () => {
  const page = sources('functions/console/page');
  expect(page.length).toBeGreaterThan(10);
  expect(places(page, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|javascript:/i)).toEqual([]);
});

test('nothing is merged into an object by a name from outside', () => {
  expect(places(service, /\bObject\.assign\(|\bstructuredClone\(|\bmerge\(/)).toEqual([
    'shared/http/event-invocation.ts',
  ]);
});

test('nothing is ever deleted in Retell', () => {
  expect(places(service, /\bagent\.delete\b|delete-agent/)).toEqual([]);
  const retell = service.filter(({ path }) => path.startsWith('shared/retell/'));
  const calls = retell.flatMap(({ text }) =>
    [...text.matchAll(/\bclient(?:\.([\w.]+)\(|\[|\?\.)/g)].map(([whole, call]) => call ?? whole),
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
  const ofFiles = /import (.*?) from '(?:node:)?fs(?:\/promises)?'|'(?:node:)?fs(?:\/promises)?'/g;
  const used = service.flatMap(({ text }) => [...text.matchAll(ofFiles)].map(([whole, names]) => names ?? whole));
  expect([...new Set(used)].sort()).toEqual(['{ readFile }', '{ readdir, readFile }']);
  expect(places(service, /\btmpdir\b|'\/tmp/)).toEqual([]);
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
