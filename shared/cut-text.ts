/** The beginning of a text, with `…` where it was longer; no character is cut in half. */
export function cutText(text: string, characters: number): string {
  return text.length > characters ? `${text.slice(0, characters).toWellFormed()}…` : text;
}
