/** What the system works on: a Postgres and a Retell account, the user's own or ones brought along. */
import { join } from 'node:path';
import { type Config, ConfigError } from '../../shared/config.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { startSimulator } from './retell-simulator/start-simulator.ts';
import { SAMPLE_AGENTS } from './sample-account.ts';

export interface PostgresBackend {
  readonly url: string;
  /** For the summary. */
  readonly description: string;
  stop(): Promise<void>;
}

export async function startPostgres(project: string, { database }: Config): Promise<PostgresBackend> {
  if (database?.kind === 'arn') throw new ConfigError('DATABASE_SECRET_ARN is for AWS; set DATABASE_URL here');
  if (database !== null) {
    const { host, pathname } = new URL(database.value);
    return { url: database.value, description: `DATABASE_URL, ${host}${pathname}`, stop: async () => {} };
  }
  const directory = join(project, '.local', 'postgres');
  const postgres = await startEmbeddedPostgres({ directory, persistent: true });
  return { url: postgres.url, description: 'embedded, kept in .local/postgres', stop: () => postgres.stop() };
}

export interface RetellBackend {
  readonly settings: Pick<Config, 'retellApiKey' | 'retellBaseUrl'>;
  readonly apiKey: string;
  /** null: a real account. */
  readonly simulatorUrl: string | null;
  /** For the summary. */
  readonly description: string;
  stop(): Promise<void>;
}

/** Guards nothing but a server on loopback. */
const SAMPLE_KEY = 'key_sample_account';

export async function startRetell(project: string, config: Config): Promise<RetellBackend> {
  const { retellApiKey, retellBaseUrl } = config;
  if (retellApiKey?.kind === 'arn')
    throw new ConfigError('RETELL_API_KEY_SECRET_ARN is for AWS; set RETELL_API_KEY here');
  if (retellApiKey !== null) {
    const description = `your account at ${retellBaseUrl ?? 'api.retellai.com'}`;
    const apiKey = retellApiKey.value;
    return { settings: { retellApiKey, retellBaseUrl }, apiKey, simulatorUrl: null, description, stop: async () => {} };
  }
  if (retellBaseUrl !== null) throw new ConfigError('RETELL_BASE_URL is set, so RETELL_API_KEY must be set too');
  const statePath = join(project, '.local', 'retell-account.json');
  const simulator = await startSimulator({ apiKey: SAMPLE_KEY, statePath, agents: SAMPLE_AGENTS });
  return {
    settings: { retellApiKey: { kind: 'value', value: SAMPLE_KEY }, retellBaseUrl: simulator.url },
    apiKey: SAMPLE_KEY,
    simulatorUrl: simulator.url,
    description: 'a simulated sample account (set RETELL_API_KEY for yours)',
    stop: () => simulator.close(),
  };
}
