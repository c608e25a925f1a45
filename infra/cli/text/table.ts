/** Lines of aligned columns. */
import type { Paint, Tone } from './style.ts';

export type Cell = string | { readonly text: string; readonly tone: Tone };

const GAP = '  ';

/** A header line and one line per row; empty without rows. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[], paint: Paint): readonly string[] {
  if (rows.length === 0) return [];
  const header = head.map((text) => ({ text, tone: 'dim' }) as const);
  return columns([header, ...rows], paint);
}

/** One line per row, without a header. */
export function columns(rows: readonly (readonly Cell[])[], paint: Paint): readonly string[] {
  const widths = rows.reduce<readonly number[]>(widest, []);
  return rows.map((cells) => {
    const padded = cells.map((cell, column) => {
      const space = ' '.repeat((widths[column] ?? 0) - widthOf(textOf(cell)));
      const text = typeof cell === 'string' || cell.text === '' ? textOf(cell) : paint(cell.tone, cell.text);
      return column === cells.length - 1 ? text : text + space;
    });
    return padded.join(GAP).trimEnd();
  });
}

function widest(widths: readonly number[], cells: readonly Cell[]): readonly number[] {
  const length = Math.max(widths.length, cells.length);
  return Array.from({ length }, (_, column) => Math.max(widths[column] ?? 0, widthOf(textOf(cells[column] ?? ''))));
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}

const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });
const WIDE =
  /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\u{FE0F}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|[\u{3000}-\u{303E}\u{FF01}-\u{FF60}])/u;

/** The number of columns that the text takes on a terminal. */
export function widthOf(text: string): number {
  return [...GRAPHEMES.segment(text)].reduce((width, { segment }) => width + (WIDE.test(segment) ? 2 : 1), 0);
}
