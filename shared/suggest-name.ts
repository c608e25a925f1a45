/** Finds the known name that an unknown one resembles, for "did you mean". Imports nothing: infra and code share it. */

/** Words that people leave out of a name or add to it. */
const WEAK_WORDS: ReadonlySet<string> = new Set(['AI', 'API', 'AUTH', 'BASE', 'NAME']);
/** Words that people confuse. */
const SAME_WORDS: Readonly<Record<string, string>> = { TOKEN: 'KEY', SECRET: 'KEY', URI: 'URL' };

interface Suggestion {
  readonly name: string;
  /** `spelling`: a typing error, or other capitals or separators. `words`: the same words, except for common ones. */
  readonly kind: 'spelling' | 'words';
}

/**
 * null: it resembles none of them. A known name of fewer letters than `shortest` must have the same letters, because
 * among the names of a whole environment a short name too easily resembles another word, like PORT and SORT.
 */
export function suggestName(name: string, known: readonly string[], shortest = 8): Suggestion | null {
  const spelled = [0, 1, 2].map((edits) =>
    known.find((candidate) => isMisspelled(name, candidate, { edits, shortest })),
  );
  const spelling = spelled.find((candidate) => candidate !== undefined);
  if (spelling !== undefined) return { name: spelling, kind: 'spelling' };
  const words = wordsOf(name);
  const sameWords = words.includes(' ') ? known.find((candidate) => wordsOf(candidate) === words) : undefined;
  return sameWords === undefined ? null : { name: sameWords, kind: 'words' };
}

function isMisspelled(name: string, known: string, { edits, shortest }: { edits: number; shortest: number }): boolean {
  const letters = lettersOf(known);
  const most = letters.length >= 14 ? 2 : Number(letters.length >= shortest);
  return edits <= most && isWithin(lettersOf(name), letters, edits);
}

function lettersOf(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
}

/** Whether at most this many insertions, deletions, replacements and swaps of neighbors turn one into the other. */
function isWithin(from: string, to: string, edits: number): boolean {
  let start = 0;
  while (start < from.length && from[start] === to[start]) start += 1;
  const [a, b] = [from.slice(start), to.slice(start)];
  if (a === b) return true;
  if (edits === 0) return false;
  return (
    isWithin(a.slice(1), b, edits - 1) ||
    isWithin(a, b.slice(1), edits - 1) ||
    isWithin(a.slice(1), b.slice(1), edits - 1) ||
    (a[0] === b[1] && a[1] === b[0] && isWithin(a.slice(2), b.slice(2), edits - 1))
  );
}

/** Its words in order, in the singular, without weak words, separated by spaces. */
function wordsOf(name: string): string {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .map((word) => word.replace(/(?<=...)S$/, ''))
    .map((word) => SAME_WORDS[word] ?? word);
  return words.filter((word) => word !== '' && !WEAK_WORDS.has(word)).join(' ');
}
