/** Cuts and words texts and lists for settings, logs, responses and Postgres. */
import { LIMITS } from './contract.ts';

/** `1 agent`, `1,200 agents`; `plural` for a noun that does not take an "s". */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${value.toLocaleString('en-US')} ${value === 1 ? noun : plural}`;
}

/** The entries of a comma-separated list, trimmed; blank ones are left out. */
export function commaList(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** The start of a text, with `…` if it was longer; no character is cut in half. */
export function cutText(text: string, characters: number): string {
  return text.length > characters ? `${text.slice(0, characters).toWellFormed()}…` : text;
}

/** A sentence as a part of another. */
export function withoutFullStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}

/** Removes what Postgres cannot store: NUL characters and lone surrogates. */
export function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}

/**
 * Upper bound for one list of a response, in bytes: the ten lists of a sync report, or an audit's three and what its guard
 * blocks, then fit into the 6 MB of a Lambda response, even escaped.
 */
const LIST_BYTES = 350_000;

/** A list as a field of a response, with `truncated` if it is cut. */
export function cutField(
  name: string,
  list: readonly unknown[],
  limit: number = LIMITS.responseListEntries,
): Readonly<Record<string, unknown>> {
  const shown = cutList(list, limit);
  return { [name]: shown, ...(shown.length < list.length ? { truncated: true } : {}) };
}

/** The first entries of a list: at most `limit`, fewer if they are huge, but at least one. */
export function cutList<Entry>(list: readonly Entry[], limit: number = LIMITS.responseListEntries): readonly Entry[] {
  let bytes = 0;
  const end = list.slice(0, limit).findIndex((entry) => {
    bytes += Buffer.byteLength(JSON.stringify(entry));
    return bytes > LIST_BYTES;
  });
  return list.slice(0, end === -1 ? limit : Math.max(1, end));
}
