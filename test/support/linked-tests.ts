/** What a document claims, it links to: `[claim](../test/some.test.ts "title of the test")`, or with the title as the claim. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

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

/** Links whose file is no test, or has no test, group or case of that title. */
export function brokenLinks(markdown: string): readonly string[] {
  return linkedTests(markdown)
    .filter(({ title, file }) => !isTest(file) || !titles(file).has(title))
    .map(({ title, file }) => `${file}: ${title}`);
}

function isTest(file: string): boolean {
  return file.endsWith('.test.ts') && existsSync(join(DOCS, file));
}

/** Every text that stands at the beginning of a test, a group or a case of either. */
function titles(file: string): ReadonlySet<string> {
  const text = readFileSync(join(DOCS, file), 'utf8');
  const begin =
    /(?:\b(?:test|describe)(?:\.each)?\b[^\n'"`]*?\(|\)\(|^\s*\[|^\s*|\[\s*)\s*(['"`])((?:\\.|(?!\1).)*)\1\s*[,:\]]/gms;
  return new Set([...text.matchAll(begin)].map(([, , title = '']) => title.replaceAll('\\', '')));
}
