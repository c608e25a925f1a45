/** Splits a sentence from the service at quoted values and times. */

export interface SentencePart {
  /** Offset in the sentence. */
  readonly at: number;
  readonly kind: 'words' | 'quoted' | 'time';
  readonly text: string;
}

const QUOTED_TIME = /"?(?<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"?/;
const QUOTED = /"(?<quoted>(?:[^"\\]|\\.)*)"/;
const SPECIAL = new RegExp(`${QUOTED_TIME.source}|${QUOTED.source}`, 'g');

export function sentenceParts(sentence: string): readonly SentencePart[] {
  const parts: SentencePart[] = [];
  let end = 0;
  const words = (at: number, text: string) => {
    if (text !== '') parts.push({ at, kind: 'words', text: text.replaceAll(' -> ', ' → ') });
  };
  for (const { 0: found, index, groups } of sentence.matchAll(SPECIAL)) {
    words(end, sentence.slice(end, index));
    const { time, quoted } = groups ?? {};
    parts.push({
      at: index,
      ...(time === undefined ? { kind: 'quoted', text: quoted ?? '' } : { kind: 'time', text: time }),
    });
    end = index + found.length;
  }
  words(end, sentence.slice(end));
  return parts;
}
