/** Splits a sentence from the service at quoted values, times and statements in backticks. */

export interface SentencePart {
  /** Offset in the sentence. */
  readonly at: number;
  /** `code`: to be copied as it is, quotation marks included. */
  readonly kind: 'words' | 'quoted' | 'time' | 'code';
  readonly text: string;
}

const QUOTED_TIME = /"?(?<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"?/;
const QUOTED = /"(?<quoted>(?:[^"\\]|\\.)*)"/;
const CODE = /`(?<code>[^`]+)`/;
const SPECIAL = new RegExp([QUOTED_TIME, QUOTED, CODE].map(({ source }) => source).join('|'), 'g');

export function sentenceParts(sentence: string): readonly SentencePart[] {
  const parts: SentencePart[] = [];
  let end = 0;
  const words = (at: number, text: string) => {
    if (text !== '') parts.push({ at, kind: 'words', text: text.replaceAll(' -> ', ' → ') });
  };
  for (const { 0: found, index, groups } of sentence.matchAll(SPECIAL)) {
    words(end, sentence.slice(end, index));
    parts.push({ at: index, ...special(groups) });
    end = index + found.length;
  }
  words(end, sentence.slice(end));
  return parts;
}

function special({ time, code, quoted = '' }: Record<string, string | undefined> = {}): Omit<SentencePart, 'at'> {
  if (time !== undefined) return { kind: 'time', text: time };
  return code === undefined ? { kind: 'quoted', text: quoted } : { kind: 'code', text: code };
}
