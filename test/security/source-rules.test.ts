/** Rules for the code that serves requests which the linter cannot check; for the others: ../lint.test.ts. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Without comments. The page runs in a browser, and its build before anything is served. */
const service = new Map(
  globSync('{shared,functions}/**/*.ts', { cwd: ROOT })
    .filter((path) => !/^functions\/console\/(page\/|build)/.test(path))
    .sort()
    .map((path) => [path, read(path).replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, '')]),
);

function filesWith(pattern: RegExp): readonly string[] {
  return [...service].filter(([, text]) => pattern.test(text)).map(([path]) => path);
}

test('[S21] values reach SQL as parameters: only constants, checked or quoted names and the columns of an archived row are filled in', () => {
  const sql = /^`\s*(select|insert|update|delete|with|alter|create|drop|grant|revoke|set|truncate)\b/i;
  const safe =
    /^([A-Z_]+|\w+\(('[^']*'|"[^"]*")(, '[^']*')*\)|(quoted|qualifiedName|escapeIdentifier|escapeLiteral)\(.*\))$/;
  const filled = [...service]
    .filter(([path]) => path.startsWith('shared/db/'))
    .flatMap(([path, text]) => {
      const templates = [...text.matchAll(/`(?:[^`\\$]|\\.|\$(?!\{)|\$\{[^}]*\})*`/gs)].map(([template]) => template);
      const statements = templates.filter((template) => sql.test(template));
      const parts = statements.join('\n').matchAll(/\$\{([^}]*)/g);
      return [...parts].filter(([, part = '']) => !safe.test(part)).map(([, part]) => `${path}: ${part}`);
    });
  expect(filled).toEqual([
    'shared/db/archive.ts: columns.map(({ name ',
    'shared/db/archive.ts: columns.map(({ value ',
    // Constant settings of a session.
    "shared/db/session-settings.ts: calls.join(', ')",
    "shared/db/session-settings.ts: columns.join(', ')",
    // A statement that is shown to people, and never sent.
    'shared/db/table-faults.ts: first.table',
    'shared/db/table-faults.ts: actions',
  ]);
});

test('[A1] tokens and signatures are compared only in constant time', () => {
  expect(filesWith(/\bauthToken\(\)(?!:)/)).toEqual(['shared/http/access.ts']);
  expect(filesWith(/\bwebhookKeys\(\)(?!:)/)).toEqual(['functions/webhook/index.ts']);
  const secret = String.raw`\b(expected|given|keys?|usable|authToken)\b`;
  const comparison = new RegExp(
    String.raw`${secret} [!=]== (?!null|undefined|'')|[!=]== ${secret}|${secret}\.(includes|startsWith|indexOf|at)\(`,
  );
  for (const path of ['shared/http/access.ts', 'shared/retell/signature.ts', 'functions/webhook/index.ts']) {
    expect([path, service.get(path)]).toEqual([path, expect.not.stringMatching(comparison)]);
  }
  expect(read('shared/http/access.ts')).toContain('timingSafeEqual(sha256(given), sha256(expected))');
  // WebCrypto's verify compares in constant time.
  expect(read('node_modules/retell-sdk/lib/webhook_auth.mjs')).toMatch(/return subtle\.verify\('HMAC', key, digest, /);
});

test('[S53] one file each can connect to AWS CloudFormation, to Postgres and to Retell, and no other file can connect', () => {
  const found = filesWith(/\bfetch\(|'node:(http|https|http2|net|tls|dgram|dns)\b|\b(WebSocket|EventSource)\(/);
  expect(found.map((path) => dirname(path))).toEqual(['shared/aws', 'shared/db', 'shared/retell']);
});

test('[S11] nothing is ever deleted in Retell: the client calls these endpoints and no others', () => {
  const calls = [...service]
    .filter(([path]) => path.startsWith('shared/retell/'))
    .flatMap(([, text]) =>
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
  expect(filesWith(/\bagent\.delete\b|delete-agent/)).toEqual([]);
});

test('[L9] files are only read, never written: the next container would not have them', () => {
  const ofFiles = /import (.*?) from '(?:node:)?fs(?:\/promises)?'|'(?:node:)?fs(?:\/promises)?'/g;
  const used = [...service.values()].flatMap((text) =>
    [...text.matchAll(ofFiles)].map(([whole, names]) => names ?? whole),
  );
  expect([...new Set(used)].sort()).toEqual(['{ readFile }', '{ readdir, readFile }']);
  expect(filesWith(/\btmpdir\b|'\/tmp/)).toEqual([]);
});

describe('state of a module', () => {
  /** Functions that make a constant. Methods, such as `map`, derive one from another. */
  const CONSTANT = /^(lambdaHandler|endpoint|join)$|\./;
  const DECLARED = /^(?:export )?(let|const) (\w+)(?:: [^=]*)?(?: =\s+(new )?(\w[\w.]*)(?:<[^>]*>)?(\()?)?/gm;
  const CHANGED = String.raw`\.(set|add|delete|clear|push|pop|shift|unshift|splice|sort|reverse|fill)\(|(\.\w+|\[[^\]]*\]) *([-+*/|&?]*=(?![=>])|\+\+|--)`;

  /** Names of variables, of results of calls, and of objects that change after their declaration. */
  function stateIn(text: string): readonly string[] {
    const held = [...text.matchAll(DECLARED)].filter(([, kind, name = '', made, callee = '', called]) => {
      const isMade = made === undefined ? called !== undefined && !CONSTANT.test(callee) : !/^(Set|Map)$/.test(callee);
      const isChanged = new RegExp(String.raw`\b${name}(${CHANGED})|\bdelete ${name}\b`).test(text);
      return kind === 'let' || isMade || isChanged;
    });
    const statics = [...text.matchAll(/\bstatic (?:readonly )?(\w+) =/g)].map(([, name = '']) => name);
    return [...held.map(([, , name = '']) => name), ...statics];
  }

  test('[L9] a module keeps only services and constants between requests', () => {
    const found = [...service].flatMap(([path, text]) => stateIn(text).map((name) => `${path}: ${name}`));
    expect(found.filter((place) => !/services\.ts: \w+$/.test(place))).toEqual([
      // Made on first use: the same for every request.
      'functions/console/openapi.ts: document',
      'functions/console/openapi.ts: CONVERTED',
      // A function of Node.
      'shared/retell/transport.ts: gunzip',
      // Patterns for matchAll, which does not change them.
      'shared/visible-text.ts: IN_VALUES',
      'shared/visible-text.ts: IN_SENTENCES',
    ]);
  });

  test.each([
    'let kept = 1;',
    'export let kept: string | undefined;',
    'const kept = new Map();\nfunction f() {\n  kept.set(1, 2);\n}',
    'export const kept: string[] = [];\nconst f = () => kept.push(1);',
    'const kept: Record<string, string> = {};\nfunction f() {\n  kept[1] = 2;\n}',
    'const kept = { count: 0 };\nfunction f() {\n  kept.count++;\n}',
    'const kept = { last: 0 };\nconst f = () => delete kept.last;',
    'const kept = createCache();',
    'const kept =\n  createCache<string>();',
    'export const kept = new Cache();',
    'class Cache {\n  static kept = 1;\n}',
  ])('%j is found', (text) => {
    expect(stateIn(text)).toEqual(['kept']);
  });

  test.each([
    `const NAMES = new Set(['a']);\nconst KINDS = ['a'] as const;\nconst f = (name) => NAMES.has(name);`,
    'function f() {\n  let count = 0;\n  const found = new Map();\n  found.set(count++, 1);\n}',
    'const Body = v.object({});\nexport const handler = lambdaHandler({ routes: {} });',
    'const LIMIT = { size: 1 };\nconst f = () => LIMIT.size === 1;',
    'const NAMES = COLUMNS.map(({ name }) => name).join();',
  ])('%j is a constant', (text) => {
    expect(stateIn(text)).toEqual([]);
  });
});

test('no text of the domain for people speaks of HTTP: the page and the command line show it too', () => {
  const files = ['audit-report', 'warnings', 'checklist', 'table-faults', 'state', 'unread-agents'];
  const texts = files.map((name) => read(`shared/domain/${name}.ts`).replaceAll(/^import .*$/gm, ''));
  expect(
    texts.filter((text) => /\b(GET|POST|HTTP|JSON body)\b|\/api\/|\b409\b|confirm_orphans|held_back/.test(text)),
  ).toEqual([]);
});
