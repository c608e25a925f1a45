/** A container serves one request after the other: nothing of one may be there for the next. */
import { expect, test } from '@jest/globals';
import * as v from 'valibot';
import { parseSource, type SyntaxNode, textOf, visit } from '../support/syntax-tree.ts';
import { type Source, service } from './sources.ts';

const Name = v.object({ type: v.literal('Identifier'), value: v.string() });
const Made = v.object({ type: v.picklist(['CallExpression', 'NewExpression']), callee: v.unknown() });
const Declarations = v.object({
  type: v.literal('VariableDeclaration'),
  kind: v.string(),
  declarations: v.array(v.object({ id: Name, init: v.unknown() })),
});
const Exported = v.object({ type: v.literal('ExportDeclaration'), declaration: v.unknown() });
const Static = v.object({ type: v.literal('ClassProperty'), isStatic: v.literal(true), key: Name });
const Member = v.object({ type: v.literal('MemberExpression'), object: Name, property: v.unknown() });
const Written = v.union([
  v.object({ type: v.literal('AssignmentExpression'), left: Member }),
  v.object({ type: v.literal('UpdateExpression'), argument: Member }),
  v.object({ type: v.literal('UnaryExpression'), operator: v.literal('delete'), argument: Member }),
]);

/** Calls that make what never changes: schemas, texts, and the handlers, which are made of constants alone. */
const CONSTANT = /^(v\.\w+|join|lambdaHandler|endpoint|Set|Map)$|\]\.join$/;
const CHANGING = /^(set|add|delete|clear|push|pop|shift|unshift|splice|sort|reverse|fill)$/;

/** What a module holds that can be another thing later: variables, what is written to, and what a call has made. */
function stateIn({ path, text }: Source): readonly string[] {
  const tree = parseSource(text);
  const held: string[] = [];
  const constants = new Set<string>();
  for (const statement of tree.body) {
    const declared = v.is(Exported, statement) ? statement.declaration : statement;
    if (!v.is(Declarations, declared)) continue;
    for (const { id, init } of declared.declarations) {
      constants.add(id.value);
      const made = v.is(Made, init) && !CONSTANT.test(textOf(init.callee, text));
      if (declared.kind !== 'const' || made) held.push(id.value);
    }
  }
  visit(tree, (node) => {
    if (v.is(Static, node)) held.push(node.key.value);
    const changed = changedBy(node);
    if (changed !== null && constants.has(changed)) held.push(changed);
    return true;
  });
  return [...new Set(held)].map((name) => `${path}: ${name}`);
}

/** `x` of `x.y = 1`, `x[y]++`, `delete x.y` and `x.push(y)`. */
function changedBy(node: SyntaxNode): string | null {
  if (v.is(Made, node) && v.is(Member, node.callee)) {
    const { object, property } = node.callee;
    return v.is(Name, property) && CHANGING.test(property.value) ? object.value : null;
  }
  if (!v.is(Written, node)) return null;
  return 'left' in node ? node.left.object.value : node.argument.object.value;
}

const NAMED = [
  // Made once, and the same for everybody.
  'functions/console/openapi.ts: document',
  // The connections of the process, and secrets for five minutes.
  'shared/core-services.ts: current',
  'shared/services.ts: current',
];

test('[L9] nothing is kept from one request for the next but the services, and what is the same for everybody', () => {
  expect(service.flatMap(stateIn).sort()).toEqual(NAMED);
});

test.each([
  'let kept = 1;',
  'export let kept: string | undefined;',
  'const kept = new Map(); function f() { kept.set(1, 2); }',
  'export const kept: string[] = []; const f = () => kept.push(1);',
  'const kept: Record<string, string> = {}; function f() { kept[1] = 2; }',
  'const kept = { count: 0 }; function f() { kept.count++; }',
  'const kept = { last: 0 }; const f = () => delete kept.last;',
  'const kept = createCache();',
  'export const kept = new Cache();',
  'class Cache { static kept = 1; }',
])('that would be: %s', (text) => {
  expect(stateIn({ path: 'a.ts', text })).toEqual(['a.ts: kept']);
});

test.each([
  `const NAMES = new Set(['a']); const KINDS = ['a'] as const; const f = (name) => NAMES.has(name);`,
  'function f() { let count = 0; const found = new Map(); found.set(count++, 1); }',
  'const Body = v.object({}); export const handler = lambdaHandler({ routes: {} });',
])('that would not: %s', (text) => {
  expect(stateIn({ path: 'a.ts', text })).toEqual([]);
});
