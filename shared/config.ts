/** The environment, parsed once. A bad value stops the start with one line that names the variable. */
import type { Setting } from './api/settings.ts';
import { AUTH_TOKEN, DEFAULT_NAME_PATTERNS, ENVIRONMENT, LOG_LEVELS, type LogLevel } from './contract.ts';
import { completeUrl, databaseAddress, variableOf } from './database-address.ts';
import { type ConnectionParameters, formatConnectionString } from './db/connection-string.ts';
import { type EligibilityRules, nameRules } from './domain/eligibility.ts';
import type { Direction } from './domain/merge-name.ts';
import { effectiveSettings } from './effective-settings.ts';
import { bad, ConfigError, choice, type Environment, integer, isPostgresVariable, text, url } from './environment.ts';
import { suggestName } from './suggest-name.ts';
import { commaList } from './text.ts';

/** A secret, given as its value or as the ARN of the secret in Secrets Manager. */
export type SecretSource = { readonly kind: 'value'; readonly value: string } | StoredSecret;

export interface StoredSecret {
  readonly kind: 'arn';
  readonly arn: string;
  /** The environment variable that names it. */
  readonly variable: string;
  /** For a secret of the database: the address from the settings, by libpq's names. Otherwise the secret is a key. */
  readonly database?: ConnectionParameters;
}

/** `off`, or how often the schedule syncs. */
export type Schedule =
  | { readonly kind: 'off' }
  | { readonly kind: 'rate'; readonly text: string; readonly every_ms: number };

export interface Config {
  readonly port: number;
  /** null: `npm start` starts its own Postgres. */
  readonly database: SecretSource | null;
  /** What the migrations connect with; null: `database`, which is then the owner's. */
  readonly databaseOwner: SecretSource | null;
  /** Signs in with an IAM token for each connection; null: with a password. */
  readonly databaseIamUser: string | null;
  /** Whether the migrations may create the table `interviewer` in a database that has none. */
  readonly createInterviewerTable: boolean;
  /** Connections to it at the same time, of this process. */
  readonly databaseConnections: number;
  /** null: `npm start` simulates an account. */
  readonly retellApiKey: SecretSource | null;
  readonly retellBaseUrl: string | null;
  /** null: webhooks are signed with the API key. */
  readonly webhookSecret: SecretSource | null;
  /** null: every request is authorized, which only a server on 127.0.0.1 may do. */
  readonly authToken: SecretSource | null;
  readonly schedule: Schedule;
  readonly rules: EligibilityRules;
  readonly direction: Direction;
  readonly templateAgentId: string | null;
  /** `latest`, `latest_published`, a version's number or a tag. */
  readonly agentVersion: string;
  readonly retellConcurrency: number;
  readonly fullRefreshHours: number;
  readonly historyDays: number;
  readonly logLevel: LogLevel;
  /** null: domain events are written to the log. */
  readonly eventBusName: string | null;
  readonly onLambda: boolean;
  /** The settings as people see them. */
  readonly settings: readonly Setting[];
}

const UNITS_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

export { ConfigError } from './environment.ts';

/** The only reader of `process.env`. Removes the variables that pg would read on its own. */
export function loadConfig(): Config {
  for (const name of Object.keys(process.env).filter(isPostgresVariable)) delete process.env[name];
  return parseConfig(process.env);
}

export function parseConfig(env: Environment): Config {
  refuseMisspelled(env);
  const onLambda = env['AWS_LAMBDA_FUNCTION_NAME'] !== undefined;
  const database = databaseSource(env);
  const config = {
    port: integer(env, ENVIRONMENT.port, { fallback: 3000, from: 0, to: 65_535 }),
    database,
    databaseOwner: stored(env, ENVIRONMENT.databaseOwnerSecretArn, databaseAddress(env)),
    databaseIamUser: text(env, ENVIRONMENT.databaseIamUser),
    createInterviewerTable:
      choice(env, ENVIRONMENT.createInterviewerTable, ['true', 'false'], String(database === null)) === 'true',
    // A Lambda container serves one request at a time; the local server serves several.
    databaseConnections: integer(env, ENVIRONMENT.databaseConnections, {
      fallback: onLambda ? 1 : 10,
      from: 1,
      to: 100,
    }),
    retellApiKey: secret(env, ENVIRONMENT.retellApiKey, ENVIRONMENT.retellApiKeySecretArn),
    retellBaseUrl: url(env, ENVIRONMENT.retellBaseUrl),
    webhookSecret: webhookSecret(env),
    authToken: authToken(env),
    schedule: schedule(env),
    rules: nameRules(nameWords(env)),
    direction: choice(env, ENVIRONMENT.syncDirection, ['both', 'pull'], 'both'),
    templateAgentId: text(env, ENVIRONMENT.retellTemplateAgentId),
    agentVersion: agentVersion(env),
    retellConcurrency: integer(env, ENVIRONMENT.retellConcurrency, { fallback: 10, from: 1, to: 100 }),
    fullRefreshHours: integer(env, ENVIRONMENT.fullRefreshHours, { fallback: 24, from: 1, to: 24 }),
    historyDays: integer(env, ENVIRONMENT.historyDays, { fallback: 90, from: 1, to: 3_650 }),
    logLevel: choice(env, ENVIRONMENT.logLevel, LOG_LEVELS, 'info'),
    eventBusName: text(env, ENVIRONMENT.eventBusName),
    onLambda,
  };
  refuseHalf(config);
  return { ...config, settings: effectiveSettings(env, config) };
}

/** Set by a deployment. Too general for a similar name in a shell to be a misspelling. */
const DEPLOYED_NAMES: ReadonlySet<string> = new Set([ENVIRONMENT.eventBusName, ENVIRONMENT.metricService]);

/**
 * A misspelled variable would otherwise be ignored and its default used, for example without a token or with another
 * database.
 */
function refuseMisspelled(env: Environment): void {
  const ours: readonly string[] = Object.values(ENVIRONMENT);
  const looked = ours.filter((name) => !DEPLOYED_NAMES.has(name));
  for (const name of Object.keys(env).filter((name) => env[name] !== undefined && !ours.includes(name))) {
    const suggestion = suggestName(name, looked);
    // Next to the right name, a name of similar words more likely belongs to another program.
    if (suggestion === null || (suggestion.kind === 'words' && env[suggestion.name] !== undefined)) continue;
    throw new ConfigError(
      `${name} is not a setting of this system; did you mean ${suggestion.name}? Otherwise unset it`,
    );
  }
}

/**
 * Refuses half a configuration, which would write sample agents into a real database, or a real account's agents into
 * the sample database.
 */
function refuseHalf({
  database,
  retellApiKey,
  onLambda,
}: Pick<Config, 'database' | 'retellApiKey' | 'onLambda'>): void {
  if (onLambda && retellApiKey !== null && database === null)
    throw new ConfigError(
      `${ENVIRONMENT.retellApiKeySecretArn} is set, so ${ENVIRONMENT.databaseSecretArn} must be set too`,
    );
  // On AWS a function that does not call Retell is given no key.
  if (!onLambda && database !== null && retellApiKey === null)
    throw new ConfigError(
      `${ENVIRONMENT.databaseUrl} is set, so ${ENVIRONMENT.retellApiKey} must be set too: the simulated account is for the embedded database only`,
    );
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

function stored(env: Environment, variable: string, database?: ConnectionParameters): StoredSecret | null {
  const arn = text(env, variable);
  return arn === null ? null : { kind: 'arn', arn, variable, ...(database === undefined ? {} : { database }) };
}

function authToken(env: Environment): SecretSource | null {
  const source = secret(env, ENVIRONMENT.syncAuthToken, ENVIRONMENT.syncAuthTokenSecretArn);
  if (source?.kind === 'value' && !AUTH_TOKEN.pattern.test(source.value))
    throw new ConfigError(`${ENVIRONMENT.syncAuthToken} ${AUTH_TOKEN.rule}`);
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
  const address = databaseAddress(env);
  const iamUser = text(env, ENVIRONMENT.databaseIamUser);
  if (iamUser !== null)
    return { kind: 'value', value: formatConnectionString(new Map([['user', iamUser], ...address])) };
  const inStore = stored(env, ENVIRONMENT.databaseSecretArn, address);
  if (inStore !== null) return inStore;
  const value = text(env, ENVIRONMENT.databaseUrl);
  if (value !== null) return { kind: 'value', value: completeUrl(value, address) };
  const [only] = address.keys();
  if (only === undefined) return null;
  throw new ConfigError(`${variableOf(only)} is set, so ${ENVIRONMENT.databaseUrl} must be set too`);
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
