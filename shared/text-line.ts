import type { LogLevel } from './contract.ts';
import { visibleSentence } from './visible-text.ts';

const COLOURS: Readonly<Record<LogLevel, number>> = { debug: 90, info: 36, warn: 33, error: 31 };

export interface LogEntry {
  readonly time: Date;
  readonly level: LogLevel;
  readonly message: string;
  /** Plain, redacted data. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** One line for a terminal, `15:02:11 info  message  key=value`; at level `error` the stacks follow, indented. */
export function textLine({ time, level, message, fields }: LogEntry, { colour }: { colour: boolean }): string {
  const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${paint(90, `${visibleSentence(key)}=`)}${shown(value)}`);
  const head = `${paint(90, clock(time))} ${paint(COLOURS[level], level.padEnd(5))} ${visibleSentence(message)}`;
  const stacks = level === 'error' ? Object.values(fields).flatMap(stackLines) : [];
  return [[head, ...pairs].join('  '), ...stacks.map((line) => paint(90, `    ${visibleSentence(line)}`))].join('\n');
}

function clock(time: Date): string {
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

function shown(value: unknown): string {
  if (typeof value === 'string')
    return /^[^\s"=]+$/.test(value) ? visibleSentence(value) : visibleSentence(JSON.stringify(value));
  if (isErrorData(value)) return visibleSentence(JSON.stringify(`${value.name}: ${value.message}`));
  return visibleSentence(JSON.stringify(value) ?? String(value));
}

interface ErrorData {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly cause?: unknown;
  /** The errors of an AggregateError, such as that of a connection that failed at each address. */
  readonly errors?: unknown;
}

function isErrorData(value: unknown): value is ErrorData {
  if (typeof value !== 'object' || value === null) return false;
  return 'name' in value && 'message' in value && 'stack' in value && typeof value.stack === 'string';
}

function stackLines(value: unknown): string[] {
  if (!isErrorData(value)) return [];
  const { name: _name, message: _message, stack, cause, errors, ...codes } = value;
  const [first = '', ...rest] = stack.split('\n');
  const pairs = Object.entries(codes).map(([key, code]) => `  ${key}=${shown(code)}`);
  const causes = [cause, ...(Array.isArray(errors) ? errors : [])].flatMap(causeLines);
  return [first + pairs.join(''), ...rest, ...causes];
}

function causeLines(cause: unknown): string[] {
  const [first, ...rest] = stackLines(cause);
  return first === undefined ? [] : [`caused by ${first}`, ...rest];
}
