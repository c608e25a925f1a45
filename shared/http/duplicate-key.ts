/**
 * The first key that an object of a valid JSON text has twice; null: no key is repeated. `JSON.parse` keeps the last
 * value, so a text could mean one thing to a person who reads it and another to the service.
 */
export function duplicateKey(text: string): string | null {
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '{') open.push(new Set());
    else if (character === '}') open.pop();
    else if (character === '"') {
      const end = endOfString(text, at);
      const key = isKey(text, end) ? String(JSON.parse(text.slice(at, end))) : null;
      if (key !== null && open.at(-1)?.has(key) === true) return key;
      if (key !== null) open.at(-1)?.add(key);
      at = end - 1;
    }
  }
  return null;
}

/** The position after the closing quote. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (' \t\r\n'.includes(text[at] ?? 'x')) at += 1;
  return text[at] === ':';
}
