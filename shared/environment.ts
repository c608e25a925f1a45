/** Reads single variables of an environment. A bad value is a ConfigError. */

import { withoutCredentials } from './redact.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Its message is one line that names the variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * A variable that is set but blank is a mistake, not a default: a deployment that lost a secret must not turn
 * protection off.
 */
export function text(env: Environment, name: string): string | null {
  const value = env[name];
  if (value === undefined) return null;
  if (value.trim() === '') throw bad(name, value, 'a value; leave it unset for the default');
  return value.trim();
}

export function url(env: Environment, name: string): string | null {
  const value = text(env, name);
  // Not repeated in the error, because a URL may contain a password.
  if (value !== null && !isSafeUrl(value))
    throw new ConfigError(`${name} must be an https URL, or http on this machine`);
  return value?.replace(/\/+$/, '') ?? null;
}

/** The API key is sent to this URL, so it must be encrypted beyond this machine. */
function isSafeUrl(value: string): boolean {
  const parsed = URL.parse(value);
  if (parsed?.protocol === 'https:') return true;
  return parsed?.protocol === 'http:' && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(parsed.hostname);
}

export interface Range {
  readonly fallback: number;
  readonly from: number;
  readonly to: number;
}

export function integer(env: Environment, name: string, { fallback, from, to }: Range): number {
  const value = text(env, name);
  if (value === null) return fallback;
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < from || number > to)
    throw bad(name, value, `a whole number from ${from} to ${to}`);
  return number;
}

export function choice<Choice extends string>(
  env: Environment,
  name: string,
  choices: readonly Choice[],
  fallback: Choice,
): Choice {
  const value = text(env, name);
  if (value === null) return fallback;
  const chosen = choices.find((candidate) => candidate === value.toLowerCase());
  if (chosen === undefined) throw bad(name, value, `one of ${choices.join(', ')}`);
  return chosen;
}

export function bad(name: string, value: string, expected: string): ConfigError {
  return new ConfigError(`${name} is ${shownValue(value)}, but must be ${expected}`);
}

/** A value in quotes. If it is a URL, which may be in the wrong variable, its password is left out. */
export function shownValue(value: string): string {
  return JSON.stringify(withoutCredentials(value));
}

/**
 * Whether Postgres' programs and pg read this variable on their own, such as `PGOPTIONS` and `PGHOST`. In a shell they
 * are meant for psql: pg would use them for everything that a connection string leaves out, and so connect to another
 * schema or server than the settings name.
 */
export function isPostgresVariable(name: string): boolean {
  return /^PG[A-Z]/.test(name);
}

/** A copy of the environment, for a child process. */
export function withoutPostgresVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isPostgresVariable(name)));
}
