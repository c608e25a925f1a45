/** Values, times and durations as people read them. Text from outside is made visible first. */
import type { Json } from '../../../shared/api/fields.ts';
import { counted } from '../../../shared/text.ts';
import { type TextPart, visibleText, wordParts } from '../../../shared/visible-text.ts';

/** A value of either side; text in quotation marks, so that a space at its end and a missing value are visible. */
export function shownValue(value: Json): string {
  return typeof value === 'string'
    ? `"${visibleText(value).replaceAll('"', String.raw`\"`)}"`
    : visibleText(JSON.stringify(value));
}

/** `2026-03-12 19:03:58 UTC (5 minutes ago)` */
export function shownTime(timestamp: string | null, now: Date): string {
  if (timestamp === null) return 'never';
  return `${shortTime(timestamp)} UTC (${ago(now.getTime() - Date.parse(timestamp))})`;
}

/** `2026-03-12 19:03:58` */
export function shortTime(timestamp: string): string {
  return timestamp.slice(0, 19).replace('T', ' ');
}

const UNITS = [
  { ms: 86_400_000, noun: 'day' },
  { ms: 3_600_000, noun: 'hour' },
  { ms: 60_000, noun: 'minute' },
] as const;

function ago(ms: number): string {
  const unit = UNITS.find((candidate) => ms >= candidate.ms);
  return unit === undefined ? 'just now' : `${counted(Math.floor(ms / unit.ms), unit.noun)} ago`;
}

/** `0.8 s`, `2 min 5 s`, `3 d 4 h` */
export function shownDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${(ms / 1000).toFixed(1)} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** 4285 as `4,285` */
export function shownCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** In the order in which people look for a name: `Interview 2` before `Interview 10`. */
export function sortedByName<Entry extends { readonly name: string }>(entries: readonly Entry[]): readonly Entry[] {
  return entries.toSorted((one, other) => BY_NAME.compare(one.name, other.name));
}

const BY_NAME = new Intl.Collator('en', { numeric: true });

/**
 * The argument as a shell reads it. Invisible characters are escapes that the shell turns back into the same
 * characters.
 */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  const parts = wordParts(text);
  if (!parts.some(({ escaped }) => escaped)) return `'${text.replaceAll("'", `'\\''`)}'`;
  const words = parts.map((part) => (part.escaped ? shellEscape(text, part) : part.text.replaceAll(/[\\']/g, '\\$&')));
  return `$'${words.join('')}'`;
}

function shellEscape(text: string, { at }: TextPart): string {
  const code = text.codePointAt(at)?.toString(16) ?? '';
  return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
}
