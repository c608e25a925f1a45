import { Logger } from '@aws-lambda-powertools/logger';
import { LOG_LEVELS, type LogLevel } from './contract.ts';
import { type CleanText, redact, textCleaner } from './redact.ts';
import { visibleSentence } from './visible-text.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** A log with these fields in each entry. */
  with(fields: Fields): Log;
}

interface LogOptions {
  /** `json`: one line per entry, for CloudWatch; `text`: for people at a terminal. */
  readonly format: 'json' | 'text';
  /** The least important level that is written. */
  readonly level: LogLevel;
  /** Values to redact wherever they occur; called for each entry, because secrets may be read or rotated later. */
  readonly secrets: () => readonly string[];
}

type Write = (level: LogLevel, message: string, fields: Fields) => void;

/** A log that never throws and never shows a secret. Warnings and errors go to stderr, the rest to stdout. */
export function createLog(options: LogOptions): Log {
  const write = options.format === 'json' ? jsonWriter(options.level) : writeText;
  const least = LOG_LEVELS.indexOf(options.level);
  const cleaner = currentCleaner(options);
  const entry: Write = (level, message, fields) => {
    if (LOG_LEVELS.indexOf(level) < least) return;
    const clean = cleaner();
    write(level, String(redact(message, clean)), Object.fromEntries(redactedEntries(fields, clean)));
  };
  return logWith(entry, {});
}

/** For failures before the options are known, such as an invalid configuration. */
export function bareLog(): Log {
  return createLog({ format: 'json', level: 'info', secrets: () => [] });
}

/** The same log, without everything below `error`. */
export function onlyErrors(log: Log): Log {
  const nothing = () => {};
  return {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: (message, fields) => log.error(message, fields),
    with: (fields) => onlyErrors(log.with(fields)),
  };
}

function logWith(write: Write, bound: Fields): Log {
  const at = (level: LogLevel) => (message: string, fields?: Fields) => write(level, message, { ...bound, ...fields });
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (fields) => logWith(write, { ...bound, ...fields }),
  };
}

/** Rebuilt only when the secrets change, because it takes longer than an entry. */
function currentCleaner(options: LogOptions): () => CleanText {
  const show = options.format === 'json' ? visibleLines : (text: string) => text;
  let made: { readonly secrets: string; readonly clean: CleanText } | null = null;
  return () => {
    const secrets = secretsOf(options);
    const key = JSON.stringify(secrets);
    if (made?.secrets !== key) made = { secrets: key, clean: textCleaner(secrets) };
    const { clean } = made;
    return (text) => show(clean(text));
  };
}

/** JSON does not escape characters that only change how others look. Stacks keep their lines. */
function visibleLines(text: string): string {
  return text.split('\n').map(visibleSentence).join('\n');
}

function secretsOf(options: LogOptions): readonly string[] {
  try {
    return options.secrets();
  } catch {
    return [];
  }
}

function redactedEntries(fields: Fields, clean: CleanText): [string, unknown][] {
  const plain = redact(fields, clean);
  return typeof plain === 'object' && plain !== null ? Object.entries(plain) : [['fields', plain]];
}

/** Powertools drops fields of these names, with a warning. */
const RESERVED = new Set(['level', 'message', 'sampling_rate', 'service', 'timestamp']);

function jsonWriter(level: LogLevel): Write {
  let logger: Logger | undefined;
  return (at, message, fields) => {
    // Made by the first entry: each request has a log for its failure, and most requests write nothing to it.
    logger ??= new Logger({ serviceName: 'voice-agent-sync', logLevel: logLevelNames[level] });
    const entries = Object.entries(fields).map(([key, value]) => [RESERVED.has(key) ? `${key}_` : key, value]);
    logger[at](message, Object.fromEntries(entries));
  };
}

const logLevelNames = { debug: 'DEBUG', info: 'INFO', warn: 'WARN', error: 'ERROR' } as const;

const writeText: Write = (level, message, fields) => {
  const stream = level === 'warn' || level === 'error' ? process.stderr : process.stdout;
  // `hasColors` exists only on terminals, and respects NO_COLOR.
  const color = stream.isTTY && stream.hasColors();
  stream.write(`${textLine({ time: new Date(), level, message, fields }, { color })}\n`);
};

const COLORS: Readonly<Record<LogLevel, number>> = { debug: 90, info: 36, warn: 33, error: 31 };

export interface LogEntry {
  readonly time: Date;
  readonly level: LogLevel;
  readonly message: string;
  /** Plain, redacted data. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** One line for a terminal, `15:02:11 info  message  key=value`; at level `error` the stacks follow, indented. */
export function textLine({ time, level, message, fields }: LogEntry, { color }: { color: boolean }): string {
  const paint = (code: number, text: string) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${paint(90, `${visibleSentence(key)}=`)}${shown(value)}`);
  const head = `${paint(90, clock(time))} ${paint(COLORS[level], level.padEnd(5))} ${visibleSentence(message)}`;
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
