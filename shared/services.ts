/** The composition root: from the environment to everything that a use case needs. Lazy, once a process. */
import { commaList } from './comma-list.ts';
import { type Config, ConfigError, loadConfig, type SecretSource } from './config.ts';
import { ENVIRONMENT } from './contract.ts';
import { createDatabase, type Database } from './db/pool.ts';
import { createEventPublisher, type EventPublisher } from './events.ts';
import { createLog, type Log } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createRetell, type Retell } from './retell/client.ts';
import { createSecrets, type Secrets } from './secrets.ts';

export interface Services {
  readonly config: Config;
  readonly log: Log;
  readonly database: Database;
  readonly retell: Retell;
  readonly events: EventPublisher;
  readonly metrics: Metrics;
  now(): Date;
  /** null: the endpoints are open. */
  authToken(): Promise<string | null>;
  /** Every key that a webhook may be signed with. */
  webhookKeys(): Promise<readonly string[]>;
  close(): Promise<void>;
}

let current: Services | undefined;

/** The services of this process. Throws ConfigError on the first call when a setting is bad. */
export function services(): Services {
  current ??= composeServices(loadConfig());
  return current;
}

/** Puts services of one's own in place (the local server's, a test's); undefined: compose them anew when next asked. */
export function provideServices(provided: Services | undefined): void {
  current = provided;
}

export function composeServices(
  config: Config,
  replacements: Partial<Pick<Services, 'events' | 'log' | 'now' | 'retell'>> = {},
): Services {
  const secrets = createSecrets({
    onStale: (arn, error) => log.warn('Secrets Manager cannot be reached: the last value is used', { arn, error }),
  });
  const log =
    replacements.log ??
    createLog({ format: config.onLambda ? 'json' : 'text', level: config.logLevel, secrets: secrets.known });
  const metrics = createMetrics(config.onLambda, log);
  return {
    config,
    log,
    metrics,
    database: database(config, secrets, log),
    retell: replacements.retell ?? retell(config, secrets),
    events: replacements.events ?? createEventPublisher(config.eventBusName, log),
    now: replacements.now ?? (() => new Date()),
    authToken: async () => (config.authToken === null ? null : secrets.read(config.authToken)),
    webhookKeys: () => webhookKeys(config, secrets),
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
    // A Lambda serves one request at a time; the local server serves several.
    maxConnections: config.onLambda ? 1 : 10,
    applicationName: 'voice-agent-sync',
    onConnectionError: (error) => log.warn('An idle connection to Postgres was lost', { error }),
  });
}

function retell(config: Config, secrets: Secrets): Retell {
  // Missed only when it is used: a function that asks Retell nothing is given no key.
  const source = () => required(config.retellApiKey, ENVIRONMENT.retellApiKey);
  return createRetell({
    apiKey: async () => secrets.read(source()),
    refreshApiKey: async () => secrets.refresh(source()),
    baseUrl: config.retellBaseUrl ?? undefined,
    concurrency: config.retellConcurrency,
    agentVersion: config.agentVersion,
  });
}

async function webhookKeys(config: Config, secrets: Secrets): Promise<readonly string[]> {
  const text = await secrets.read(config.webhookSecret ?? required(config.retellApiKey, ENVIRONMENT.retellApiKey));
  return commaList(text);
}

function required(source: SecretSource | null, name: string): SecretSource {
  if (source === null) throw new ConfigError(`${name} is not set`);
  return source;
}
