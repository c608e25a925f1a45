/** The environment, parsed once. A bad value stops the start with one line that names the variable. */
import { commaList } from './comma-list.ts';
import { DEFAULT_NAME_PATTERNS, ENVIRONMENT } from './contract.ts';
import { compileNamePatterns } from './domain/eligibility.ts';
import type { Direction } from './domain/merge-name.ts';
import { LOG_LEVELS, type LogLevel } from './log-level.ts';

/** A secret given as it is, or by the ARN under which Secrets Manager keeps it. */
export type SecretSource =
  | { readonly kind: 'value'; readonly value: string }
  | {
      readonly kind: 'arn';
      readonly arn: string;
      /** The environment variable that names it. */
      readonly variable: string;
    };

/** `off`, or how often the schedule syncs. */
export type Schedule =
  | { readonly kind: 'off' }
  | { readonly kind: 'rate'; readonly text: string; readonly every_ms: number };

export interface Config {
  readonly port: number;
  /** null: `npm start` brings a Postgres of its own. */
  readonly database: SecretSource | null;
  /** What the migrations connect with; null: `database`, which is then the owner's. */
  readonly databaseOwner: SecretSource | null;
  /** Connections to it at once, of this process. */
  readonly databaseConnections: number;
  /** null: `npm start` brings a simulated account. */
  readonly retellApiKey: SecretSource | null;
  readonly retellBaseUrl: string | null;
  /** null: webhooks are signed with the API key. */
  readonly webhookSecret: SecretSource | null;
  /** null: every request is let in, which only a server on 127.0.0.1 may do. */
  readonly authToken: SecretSource | null;
  readonly schedule: Schedule;
  readonly namePatterns: RegExp;
  readonly direction: Direction;
  readonly templateAgentId: string | null;
  /** `latest`, `latest_published`, a version's number or a tag. */
  readonly agentVersion: string;
  readonly retellConcurrency: number;
  readonly fullRefreshHours: number;
  readonly historyDays: number;
  readonly logLevel: LogLevel;
  /** null: domain events go to the log. */
  readonly eventBusName: string | null;
  readonly onLambda: boolean;
}

/** Its message is one line that names the variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;

const UNITS_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** The only reader of `process.env`. */
export function loadConfig(): Config {
  return parseConfig(process.env);
}

export function parseConfig(env: Environment): Config {
  const onLambda = env['AWS_LAMBDA_FUNCTION_NAME'] !== undefined;
  return {
    port: integer(env, ENVIRONMENT.port, 3000, 0, 65_535),
    database: databaseSource(env),
    databaseOwner: stored(env, ENVIRONMENT.databaseOwnerSecretArn),
    // A Lambda serves one request at a time; the local server serves several.
    databaseConnections: integer(env, ENVIRONMENT.databaseConnections, onLambda ? 1 : 10, 1, 100),
    retellApiKey: secret(env, ENVIRONMENT.retellApiKey, ENVIRONMENT.retellApiKeySecretArn),
    retellBaseUrl: url(env, ENVIRONMENT.retellBaseUrl),
    webhookSecret: webhookSecret(env),
    authToken: authToken(env),
    schedule: schedule(env),
    namePatterns: compileNamePatterns(nameWords(env)),
    direction: choice(env, ENVIRONMENT.syncDirection, ['both', 'pull'], 'both'),
    templateAgentId: text(env, ENVIRONMENT.retellTemplateAgentId),
    agentVersion: agentVersion(env),
    retellConcurrency: integer(env, ENVIRONMENT.retellConcurrency, 10, 1, 100),
    fullRefreshHours: integer(env, ENVIRONMENT.fullRefreshHours, 24, 1, 24),
    historyDays: integer(env, ENVIRONMENT.historyDays, 90, 1, 3_650),
    logLevel: choice(env, ENVIRONMENT.logLevel, LOG_LEVELS, 'info'),
    eventBusName: text(env, ENVIRONMENT.eventBusName),
    onLambda,
  };
}

/** Set but blank is a mistake, not a default: a secret that a deployment lost must not open the door. */
function text(env: Environment, name: string): string | null {
  const value = env[name];
  if (value === undefined) return null;
  if (value.trim() === '') throw bad(name, value, 'a value; leave it unset for the default');
  return value.trim();
}

function secret(env: Environment, name: string, arnName: string): SecretSource | null {
  const inStore = stored(env, arnName);
  if (inStore !== null) return inStore;
  const value = text(env, name);
  if (value === null) return null;
  if (['undefined', 'null', 'false'].includes(value))
    throw new ConfigError(`${name} is the word "${value}", not a secret`);
  return { kind: 'value', value };
}

function stored(env: Environment, variable: string): SecretSource | null {
  const arn = text(env, variable);
  return arn === null ? null : { kind: 'arn', arn, variable };
}

function authToken(env: Environment): SecretSource | null {
  const source = secret(env, ENVIRONMENT.syncAuthToken, ENVIRONMENT.syncAuthTokenSecretArn);
  if (source?.kind === 'value' && !/^(?=.{8})[\w.~+/-]+=*$/.test(source.value)) {
    throw new ConfigError(
      `${ENVIRONMENT.syncAuthToken} must have at least 8 characters, of A-Z a-z 0-9 . _ ~ + / - only, and = at the end`,
    );
  }
  return source;
}

function webhookSecret(env: Environment): SecretSource | null {
  const source = secret(env, ENVIRONMENT.retellWebhookSecret, ENVIRONMENT.retellWebhookSecretArn);
  if (source?.kind === 'value' && commaList(source.value).length === 0) {
    throw new ConfigError(
      `${ENVIRONMENT.retellWebhookSecret} must hold at least one key; several are separated by commas`,
    );
  }
  return source;
}

function databaseSource(env: Environment): SecretSource | null {
  const source = secret(env, ENVIRONMENT.databaseUrl, ENVIRONMENT.databaseSecretArn);
  if (source?.kind === 'value' && !/^postgres(ql)?:\/\//.test(source.value)) {
    throw new ConfigError(`${ENVIRONMENT.databaseUrl} must look like postgres://user:password@host:5432/database`);
  }
  return source;
}

function url(env: Environment, name: string): string | null {
  const value = text(env, name);
  if (value !== null && !isSafeUrl(value)) throw bad(name, value, 'an https URL, or http on this machine');
  return value?.replace(/\/+$/, '') ?? null;
}

/** The API key goes to this URL, so beyond this machine it goes encrypted. */
function isSafeUrl(value: string): boolean {
  const parsed = URL.parse(value);
  if (parsed?.protocol === 'https:') return true;
  return parsed?.protocol === 'http:' && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(parsed.hostname);
}

function integer(env: Environment, name: string, fallback: number, least: number, most: number): number {
  const value = text(env, name);
  if (value === null) return fallback;
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < least || number > most)
    throw bad(name, value, `a whole number from ${least} to ${most}`);
  return number;
}

function choice<Choice extends string>(
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

function schedule(env: Environment): Schedule {
  const value = text(env, ENVIRONMENT.syncSchedule) ?? 'rate(5 minutes)';
  if (value === 'off') return { kind: 'off' };
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(value) ?? [];
  const every_ms = Number(count) * (UNITS_MS[unit ?? ''] ?? Number.NaN);
  // A timer holds at most 2^31 ms.
  if (!(every_ms >= 60_000 && every_ms < 2 ** 31))
    throw bad(ENVIRONMENT.syncSchedule, value, 'off, or rate(5 minutes) with minutes, hours or days, at most 24 days');
  return { kind: 'rate', text: value, every_ms };
}

function nameWords(env: Environment): readonly string[] {
  const value = text(env, ENVIRONMENT.interviewNamePatterns) ?? DEFAULT_NAME_PATTERNS;
  const words = commaList(value);
  if (words.length === 0) throw bad(ENVIRONMENT.interviewNamePatterns, value, 'words separated by commas');
  return words;
}

function agentVersion(env: Environment): string {
  const value = text(env, ENVIRONMENT.retellAgentVersion) ?? 'latest';
  if (!/^[\w.-]{1,64}$/.test(value))
    throw bad(ENVIRONMENT.retellAgentVersion, value, 'latest, latest_published, a version number or a tag');
  return value;
}

function bad(name: string, value: string, expected: string): ConfigError {
  return new ConfigError(`${name} is ${JSON.stringify(value)}, but must be ${expected}`);
}
