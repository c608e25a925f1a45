/**
 * The composition root: from the environment to everything that a use case needs. Made on first use, once a process.
 */
import type { RdsUser } from './aws/rds-token.ts';
import { type Config, ConfigError, loadConfig, type SecretSource } from './config.ts';
import { ENVIRONMENT } from './contract.ts';
import { createDatabase, type Database } from './db/pool.ts';
import { createEventPublisher, type EventPublisher } from './events.ts';
import { createLog, type Log } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createRetell, type Retell } from './retell/client.ts';
import { createSecrets, type Secrets } from './secrets/secrets.ts';
import { commaList } from './text.ts';
import { createWebhookTally, type WebhookTally } from './webhook-tally.ts';

/** The services of every function; the console needs no others. */
export interface CoreServices {
  readonly config: Config;
  readonly log: Log;
  /** The id of the request or invocation; absent for work that this machine starts itself. */
  readonly request_id?: string;
  readonly database: Database;
  readonly metrics: Metrics;
  readonly secrets: Secrets;
  /** null: the endpoints are open. */
  authToken(): Promise<string | null>;
  close(): Promise<void>;
}

export interface Services extends CoreServices {
  readonly retell: Retell;
  readonly events: EventPublisher;
  readonly now: () => Date;
  /** Webhook events that are counted but not yet written. */
  readonly webhookTally: WebhookTally;
  /** Every key that a webhook may be signed with. */
  webhookKeys(): Promise<readonly string[]>;
}

type Replacements = Partial<Pick<Services, 'events' | 'log' | 'now' | 'retell'>>;

let core: CoreServices | undefined;
let all: Services | undefined;

/**
 * The part of the services that needs neither Retell nor the event bus: a function that uses nothing else is bundled without
 * their clients.
 * @throws ConfigError on the first call, if a setting is not valid
 */
export function coreServices(): CoreServices {
  core ??= composeCoreServices(loadConfig());
  return core;
}

/**
 * The services of this process.
 * @throws ConfigError on the first call, if a setting is not valid
 */
export function services(): Services {
  all ??= withClients(coreServices());
  return all;
}

/** Sets the services, for the local server and tests; undefined: the next call composes new ones. */
export function provideServices(provided: Services | undefined): void {
  core = provided;
  all = provided;
}

export function composeServices(config: Config, replacements: Replacements = {}): Services {
  return withClients(composeCoreServices(config, replacements), replacements);
}

function composeCoreServices(config: Config, replacements: Pick<Replacements, 'log'> = {}): CoreServices {
  const secrets = createSecrets({
    onStale: (arn, error) => log.warn('Secrets Manager cannot be reached; the last value is used', { arn, error }),
  });
  const log =
    replacements.log ??
    createLog({ format: config.onLambda ? 'json' : 'text', level: config.logLevel, secrets: secrets.known });
  const database = openDatabase(config, secrets, log);
  return {
    config,
    log,
    secrets,
    metrics: createMetrics(config.onLambda ? 'embedded' : 'log', log),
    database,
    authToken: async () => (config.authToken === null ? null : secrets.read(config.authToken)),
    close: () => database.close(),
  };
}

function openDatabase(config: Config, secrets: Secrets, log: Log): Database {
  const source = required(config.database, ENVIRONMENT.databaseUrl);
  return createDatabase({
    connectionString: () => secrets.read(source),
    refresh: () => secrets.refresh(source),
    maxConnections: config.databaseConnections,
    applicationName: 'voice-agent-sync',
    ...(config.databaseIamUser === null ? {} : { password: iamToken }),
    onConnectionError: (error) =>
      log.warn('An idle connection to Postgres was lost; the next statement opens another', { error }),
  });
}

/** Imported on use: only a database that signs in with IAM needs the signer. */
async function iamToken(user: RdsUser): Promise<string> {
  const { signToken } = await import('./aws/rds-token.ts');
  return await signToken(user);
}

function withClients(services: CoreServices, replacements: Replacements = {}): Services {
  const { config, secrets, log } = services;
  return {
    ...services,
    retell: replacements.retell ?? openRetell(config, secrets),
    events: replacements.events ?? createEventPublisher(config.eventBusName, log),
    now: replacements.now ?? (() => new Date()),
    webhookTally: createWebhookTally(),
    webhookKeys: () => webhookKeys(config, secrets),
  };
}

function openRetell(config: Config, secrets: Secrets): Retell {
  // Checked only when used, because a function that does not call Retell has no key.
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

/** @throws ConfigError if the setting is missing */
function required(source: SecretSource | null, name: string): SecretSource {
  if (source === null) throw new ConfigError(`${name} is not set`);
  return source;
}
