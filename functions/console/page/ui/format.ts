/** Formats times, durations and counts. Dates and numbers follow the browser's language. */

const NUMBER = new Intl.NumberFormat();
const SHORT = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
/** With seconds and the zone. */
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });
/** English, because it appears within English sentences. */
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

export function count(value: number): string {
  return NUMBER.format(value);
}

/** `1 agent`, `2 agents`. */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : plural}`;
}

export function dateTime(timestamp: string | number): string {
  return SHORT.format(new Date(timestamp));
}

export function clockTime(timestamp: string): string {
  return CLOCK.format(new Date(timestamp));
}

export function dayMonth(timestamp: string): string {
  return DAY.format(new Date(timestamp));
}

export function fullDateTime(timestamp: string | number): string {
  return FULL.format(new Date(timestamp));
}

export function ago(timestamp: string | number, now: number): string {
  const elapsed = new Date(timestamp).getTime() - now;
  const unit = UNITS.find(([, ms]) => Math.abs(elapsed) >= ms);
  return unit === undefined ? 'just now' : RELATIVE.format(Math.trunc(elapsed / unit[1]), unit[0]);
}

export function duration(ms: number | null): string {
  if (ms === null) return '–';
  if (ms < 1_000) return `${ms} ms`;
  const seconds = Math.round(ms / 1_000);
  return seconds < 60 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
