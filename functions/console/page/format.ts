/** Times, durations and counts as people read them. */

const NUMBER = new Intl.NumberFormat('en');
const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

export function count(value: number): string {
  return NUMBER.format(value);
}

/** What the service says, with times as on this page and an arrow for `->`. */
export function readable(text: string): string {
  return text
    .replaceAll(/"?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"?/g, (_, timestamp: string) => dateTime(timestamp))
    .replaceAll(' -> ', ' → ');
}

/** `1 agent`, `2 agents`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

export function dateTime(timestamp: string): string {
  return DATE.format(new Date(timestamp));
}

export function ago(timestamp: string, now: number): string {
  const elapsed = new Date(timestamp).getTime() - now;
  const unit = UNITS.find(([, ms]) => Math.abs(elapsed) >= ms);
  return unit === undefined ? 'just now' : RELATIVE.format(Math.trunc(elapsed / unit[1]), unit[0]);
}

export function duration(ms: number | null): string {
  if (ms === null) return '–';
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
}
