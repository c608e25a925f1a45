/**
 * Escapes characters that are invisible or change the direction of the text around them. Imports nothing: the page uses it
 * too.
 */

export interface TextPart {
  /** Offset in the text. */
  readonly at: number;
  readonly text: string;
  /** Whether the text is the escape of an invisible character. */
  readonly escaped: boolean;
}

/** A zero-width joiner within an emoji is expected there. */
const JOINER_IN_EMOJI = String.raw`(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\u{FE0F}])\u{200D}(?=\p{Extended_Pictographic})`;

/**
 * A variation selector is expected after an emoji, or in a keycap such as a boxed 1; elsewhere it could hide a text.
 */
const SELECTOR_OF_EMOJI = String.raw`(?<=\p{Extended_Pictographic})[\u{FE0E}\u{FE0F}]|(?<=[#*0-9])\u{FE0F}(?=\u{20E3})`;

/** Blanks of braille, music, hieroglyphs and Khitan: Unicode has no property for a symbol without ink. */
const BLANK_SYMBOLS = String.raw`\u{2800}\u{16FE4}\u{1D159}\u{13441}\u{13442}`;

/**
 * Controls, format characters, private use, surrogates, line separators, blanks other than the space, and everything
 * that Unicode lets a program draw as nothing, including unassigned code points.
 */
const WITHOUT_SHAPE = String.raw`[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}${BLANK_SYMBOLS}]|(?! )\p{Zs}`;

/** Spaces that a browser collapses. */
const COLLAPSED_SPACE = '(?:^ +| {2,}| +$)';

const INVISIBLE = `(?!${JOINER_IN_EMOJI}|${SELECTOR_OF_EMOJI})(?:${WITHOUT_SHAPE})`;
const IN_VALUES = new RegExp(`${INVISIBLE}|${COLLAPSED_SPACE}`, 'gu');
const IN_SENTENCES = new RegExp(INVISIBLE, 'gu');

/** For a value, such as a name: spaces at its ends count. */
export function valueParts(text: string): readonly TextPart[] {
  return partsOf(text, IN_VALUES);
}

export function wordParts(text: string): readonly TextPart[] {
  return partsOf(text, IN_SENTENCES);
}

function partsOf(text: string, invisible: RegExp): readonly TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(invisible)) {
    if (index > end) parts.push({ at: end, text: text.slice(end, index), escaped: false });
    parts.push({ at: index, text: escapeOf(found), escaped: true });
    end = index + found.length;
  }
  if (end < text.length) parts.push({ at: end, text: text.slice(end), escaped: false });
  return parts;
}

/** A value as plain text, for titles, labels and terminals. */
export function visibleText(text: string): string {
  return joined(valueParts(text));
}

/** A sentence as plain text. */
export function visibleSentence(text: string): string {
  return joined(wordParts(text));
}

/**
 * The same for names that look the same to people: other code points of the same look, with invisible ones between
 * them.
 */
export function lookOf(name: string): string {
  const unseen = new RegExp(String.raw`[\p{Default_Ignorable_Code_Point}\p{Cc}${BLANK_SYMBOLS}]`, 'gu');
  const folded = name.normalize('NFKC').replaceAll(unseen, '');
  return folded.normalize('NFKC').trim().replaceAll(/\s+/gu, ' ');
}

/** JSON in which such characters are escapes: the same to a program, and harmless on a terminal. */
export function visibleJson(value: unknown): string {
  const units = (found: string) => found.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'));
  const escaped = (found: string) => units(found).map((unit) => `\\u${unit}`);
  return JSON.stringify(value, null, 2).replaceAll(IN_SENTENCES, (found) =>
    found === '\n' ? found : escaped(found).join(''),
  );
}

function joined(parts: readonly TextPart[]): string {
  return parts.map((part) => part.text).join('');
}

function escapeOf(found: string): string {
  if (found.startsWith(' ')) return '␣'.repeat(found.length);
  const code = found.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0') ?? '';
  return code.length === 4 ? `\\u${code}` : `\\u{${code}}`;
}
