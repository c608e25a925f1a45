import { describe, expect, test } from '@jest/globals';
import { lookOf, valueParts, visibleJson, visibleSentence, visibleText } from '../../shared/visible-text.ts';

const LAST = 0x10_ff_ff;
const DRAWS_NOTHING =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]|(?! )\p{Zs}/u;

const BLOCK = 256;

/** The blocks of code points in which some are wrong: a text of a block at once, because there are a million. */
function wrongBlocks(isWrong: (block: readonly string[]) => boolean): string[] {
  const firsts = Array.from({ length: (LAST + 1) / BLOCK }, (_, index) => index * BLOCK);
  const blockOf = (first: number) => Array.from({ length: BLOCK }, (_, index) => String.fromCodePoint(first + index));
  return firsts.filter((first) => isWrong(blockOf(first))).map((first) => first.toString(16));
}

test("[S93] exactly the code points that are invisible or change the text's direction are shown as escapes", () => {
  const blanks = new Set(['\u{2800}', '\u{16FE4}', '\u{1D159}', '\u{13441}', '\u{13442}']);
  const isHidden = (found: string) => DRAWS_NOTHING.test(found) || blanks.has(found);
  // Each between letters that are no part of it.
  const between = (found: readonly string[]) => `a${found.join('b')}c`;
  const isWrong = (block: readonly string[]) => {
    const shown = between(block.filter((found) => !isHidden(found)));
    const hidden = block.filter(isHidden);
    const escapes = valueParts(between(hidden)).filter(({ escaped }) => escaped);
    return visibleText(shown) !== shown || escapes.length !== hidden.length;
  };
  expect(wrongBlocks(isWrong)).toEqual([]);
});

test('[S93] sentences and JSON have the same escapes; JSON stays the same value', () => {
  const text = 'a\u{E0002}\u{2065}\u{1D159}\u{13441}\u{202E}\u{FFFE}b';
  expect(visibleSentence(text)).toBe(String.raw`a\u{E0002}\u2065\u{1D159}\u{13441}\u202E\uFFFEb`);
  expect(visibleJson(text)).toBe(String.raw`"a\udb40\udc02\u2065\ud834\udd59\ud80d\udc41\u202e\ufffeb"`);
  expect(JSON.parse(visibleJson(text))).toBe(text);
});

describe('[S93] a variation selector', () => {
  test.each(['\u2764\uFE0F', '1\uFE0F\u20E3', '\u{1F3F3}\uFE0F\u200D\u{1F308}'])('of the emoji %s stays', (text) => {
    expect(visibleText(text)).toBe(text);
  });

  test.each([
    ['a\uFE0F', String.raw`a\uFE0F`],
    ['1\uFE0F2', String.raw`1\uFE0F2`],
    ['\u2764\uFE0F\uFE0E\uFE0F', '\u2764\uFE0F\\uFE0E\\uFE0F'],
  ])('elsewhere is escaped: %s', (text, shown) => expect(visibleText(text)).toBe(shown));
});

test('[S95] names that differ only in invisible blank symbols look the same', () => {
  expect(lookOf('Lisa\u{1D159}\u{E0002}')).toBe(lookOf('Lisa'));
});
