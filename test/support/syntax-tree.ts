/** The syntax tree of a TypeScript source, for rules about what is written in it. */
import { parseSync } from '@swc/core';
import * as v from 'valibot';

export interface SyntaxNode {
  readonly type: unknown;
}

const Tree = v.looseObject({ type: v.literal('Module'), body: v.array(v.unknown()) });
const Spanned = v.object({ span: v.object({ start: v.number(), end: v.number() }) });

export function parseSource(text: string): v.InferOutput<typeof Tree> {
  return v.parse(Tree, parseSync(text, { syntax: 'typescript', tsx: false, target: 'es2024' }));
}

/** Every node below, the outer before the inner; `see` answers false where it wants to look no further. */
export function visit(tree: unknown, see: (node: SyntaxNode) => boolean): void {
  if (typeof tree !== 'object' || tree === null) return;
  if ('type' in tree && !see(tree)) return;
  for (const child of Object.values(tree)) visit(child, see);
}

/** As it is written: spans count bytes, from 1. */
export function textOf(node: unknown, source: string): string {
  const { start, end } = v.parse(Spanned, node).span;
  return Buffer.from(source).toString('utf8', start - 1, end - 1);
}
