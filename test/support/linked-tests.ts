/** What a document claims, it links to: `[claim](../test/some.test.ts "title of the test")`, or with the title as the claim. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { parseSource, type SyntaxNode, visit } from './syntax-tree.ts';

const DOCS = join(import.meta.dirname, '../../docs');

export interface LinkedTest {
  readonly title: string;
  /** Relative to `docs`. */
  readonly file: string;
}

export function linkedTests(markdown: string): readonly LinkedTest[] {
  const links = markdown.matchAll(/\[([^\]]+)\]\((\.\.\/test\/[^\s)]+)(?:\s"([^"]*)")?\)/g);
  return [...links].map(([, claim = '', file = '', title]) => ({ title: title ?? claim, file }));
}

/** Links whose file is no test, or runs no test, group or case of that title. */
export function brokenLinks(markdown: string): readonly string[] {
  const byFile = Map.groupBy(linkedTests(markdown), ({ file }) => file);
  return [...byFile].flatMap(([file, links]) => {
    const titles = isTest(file) ? titlesIn(readFileSync(join(DOCS, file), 'utf8')) : new Set();
    return links.filter(({ title }) => !titles.has(title)).map(({ title }) => `${file}: ${title}`);
  });
}

function isTest(file: string): boolean {
  return file.endsWith('.test.ts') && existsSync(join(DOCS, file));
}

const Name = v.object({ type: v.literal('Identifier'), value: v.string(), ctxt: v.optional(v.number()) });
const Member = v.object({ type: v.literal('MemberExpression'), object: v.unknown(), property: Name });
const Argument = v.object({ expression: v.unknown() });
const Call = v.object({ type: v.literal('CallExpression'), callee: v.unknown(), arguments: v.array(Argument) });
const Tagged = v.object({ type: v.literal('TaggedTemplateExpression'), tag: v.unknown() });
const Table = v.object({ type: v.literal('ArrayExpression'), elements: v.array(Argument) });
const Declared = v.object({ type: v.literal('VariableDeclarator'), id: Name, init: v.unknown() });
const Keyed = v.object({
  type: v.literal('ObjectExpression'),
  properties: v.array(v.object({ key: v.object({ value: v.string() }) })),
});
const Quoted = v.object({ type: v.literal('StringLiteral'), value: v.string() });
const Template = v.object({ type: v.literal('TemplateLiteral'), quasis: v.tuple([v.object({ cooked: v.string() })]) });

/** The titles of the tests and groups that this source runs, and of the cases that are rows of a table. */
export function titlesIn(source: string): ReadonlySet<string> {
  const tree = parseSource(source);
  const constants = constantsIn(tree);
  const titles = new Set<string>();
  let focused = false;
  visit(tree, (node) => {
    const { ways, title, table } = testIn(node);
    focused ||= ways.includes('only');
    if (ways.some((way) => way !== 'each')) return false;
    if (title === null) return true;
    titles.add(title);
    if (title.includes('%')) for (const name of casesOf(table, constants)) titles.add(name);
    return true;
  });
  // Beside a test that runs alone no other one does.
  return focused ? new Set() : titles;
}

interface FoundTest {
  /** `each`, or what keeps it from being run: `skip`, `only`, `todo`, ... */
  readonly ways: readonly string[];
  /** null: this is no test. */
  readonly title: string | null;
  readonly table: unknown;
}

const NO_TEST: FoundTest = { ways: [], title: null, table: null };

/** `test('title', ...)`, `describe.each(table)('title', ...)` and their kin. */
function testIn(node: SyntaxNode): FoundTest {
  if (!v.is(Call, node)) return NO_TEST;
  const { callee } = node;
  const tabled = v.is(Call, callee);
  const ways = waysOf(tabled ? callee.callee : v.is(Tagged, callee) ? callee.tag : callee);
  if (ways === null) return NO_TEST;
  return { ways, title: textIn(node.arguments[0]?.expression), table: tabled ? callee.arguments[0]?.expression : null };
}

const BEGINNINGS = new Map<string, readonly string[]>([
  ['test', []],
  ['it', []],
  ['describe', []],
  ['xtest', ['skip']],
  ['xit', ['skip']],
  ['xdescribe', ['skip']],
  ['fit', ['only']],
  ['fdescribe', ['only']],
]);

function waysOf(callee: unknown): readonly string[] | null {
  if (v.is(Name, callee)) return BEGINNINGS.get(callee.value) ?? null;
  if (!v.is(Member, callee)) return null;
  const before = waysOf(callee.object);
  return before === null ? null : [...before, callee.property.value];
}

/** By name and scope. */
function constantsIn(tree: unknown): ReadonlyMap<string, unknown> {
  const constants = new Map<string, unknown>();
  visit(tree, (node) => {
    if (v.is(Declared, node)) constants.set(scoped(node.id), node.init);
    return true;
  });
  return constants;
}

function scoped({ value, ctxt }: v.InferOutput<typeof Name>): string {
  return `${value} ${ctxt}`;
}

/** The first text of each row; of `Object.entries(...)` the keys. */
function casesOf(table: unknown, constants: ReadonlyMap<string, unknown>): readonly string[] {
  const rows = v.is(Name, table) ? constants.get(scoped(table)) : table;
  if (v.is(Call, rows)) return isEntries(rows.callee) ? casesOf(rows.arguments[0]?.expression, constants) : [];
  if (v.is(Keyed, rows)) return rows.properties.map(({ key }) => key.value);
  if (!v.is(Table, rows)) return [];
  const first = rows.elements.map(({ expression }) =>
    textIn(v.is(Table, expression) ? expression.elements[0]?.expression : expression),
  );
  return first.filter((title) => title !== null);
}

function isEntries(callee: unknown): boolean {
  return v.is(Member, callee) && callee.property.value === 'entries';
}

function textIn(node: unknown): string | null {
  if (v.is(Quoted, node)) return node.value;
  return v.is(Template, node) ? node.quasis[0].cooked : null;
}
