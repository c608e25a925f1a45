/** What every function works with, and all that the console needs. Lazy, once a process. */
import { type Config, ConfigError, loadConfig, type SecretSource } from './config.ts';
import { ENVIRONMENT } from './contract.ts';
import { createDatabase, type Database } from './db/pool.ts';
import { createLog, type Log } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createSecrets, type Secrets } from './secrets.ts';

export interface CoreServices {
  readonly config: Config;
  readonly log: Log;
  readonly database: Database;
  readonly metrics: Metrics;
  readonly secrets: Secrets;
  /** null: the endpoints are open. */
  authToken(): Promise<string | null>;
  close(): Promise<void>;
}

let current: CoreServices | undefined;

/** The services of this process. Throws ConfigError on the first call when a setting is bad. */
export function coreServices(): CoreServices {
  current ??= composeCoreServices(loadConfig());
  return current;
}

/** Puts services of one's own in place; undefined: compose them anew when next asked. */
export function provideCoreServices(provided: CoreServices | undefined): void {
  current = provided;
}

export function composeCoreServices(
  config: Config,
  replacements: Partial<Pick<CoreServices, 'log'>> = {},
): CoreServices {
  const secrets = createSecrets({
    onStale: (arn, error) => log.warn('Secrets Manager cannot be reached: the last value is used', { arn, error }),
  });
  const log =
    replacements.log ??
    createLog({ format: config.onLambda ? 'json' : 'text', level: config.logLevel, secrets: secrets.known });
  return {
    config,
    log,
    secrets,
    metrics: createMetrics(config.onLambda, log),
    database: database(config, secrets, log),
    authToken: async () => (config.authToken === null ? null : secrets.read(config.authToken)),
    async close() {
      await this.database.close();
    },
  };
}

function database(config: Config, secrets: Secrets, log: Log): Database {
  const source = required(config.database, ENVIRONMENT.databaseUrl);
  return createDatabase({
    connectionString: () => secrets.read(source),
    refresh: () => secrets.refresh(source),
    maxConnections: config.databaseConnections,
    applicationName: 'voice-agent-sync',
    onConnectionError: (error) => log.warn('An idle connection to Postgres was lost', { error }),
  });
}

/** Throws ConfigError when there is none. */
export function required(source: SecretSource | null, name: string): SecretSource {
  if (source === null) throw new ConfigError(`${name} is not set`);
  return source;
}
