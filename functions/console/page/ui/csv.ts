/** Lists as CSV (RFC 4180), safe to open in a spreadsheet. */

type Cell = string | number | null;

export function csv(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [head, ...rows].map((cells) => cells.map(cellText).join(',')).join('\r\n');
}

/** Spreadsheets take text that begins like this for a formula; an apostrophe before it stops them. */
const FORMULA = /^[=+\-@\t\r]/;

function cellText(cell: Cell): string {
  if (typeof cell !== 'string') return cell === null ? '' : String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
