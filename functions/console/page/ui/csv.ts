/** CSV (RFC 4180) that is safe to open in a spreadsheet. */

export type Cell = string | number | null;

export function csv(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [head, ...rows].map((cells) => cells.map(cellText).join(',')).join('\r\n');
}

/** Spreadsheets read text that begins with these as a formula; a leading apostrophe prevents it. */
const FORMULA = /^[=+\-@\t\r]/;

function cellText(cell: Cell): string {
  if (typeof cell !== 'string') return cell === null ? '' : String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
