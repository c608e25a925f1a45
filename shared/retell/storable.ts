/** What Postgres can store of a text: no NUL, no lone surrogate. */
export function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}
