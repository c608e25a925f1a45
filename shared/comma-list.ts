/** The parts of a list in one text, without the blanks around them; empty ones are left out. */
export function commaList(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
