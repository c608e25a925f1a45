/** The Postgres and the Retell account: the user's own, or the embedded and the simulated one. */
import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Config, ConfigError } from '../../shared/config.ts';
import { connectionConfig } from '../../shared/db/connection.ts';
import { describeTarget } from '../../shared/db/database-error.ts';
import { migrate, type TableInUse } from '../../shared/db/migrate.ts';
import { visibleSentence } from '../../shared/visible-text.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { findRunning } from './pid-file.ts';
import { startSimulator } from './retell-simulator/start-simulator.ts';
import { accountFile, SAMPLE_AGENTS } from './sample-account.ts';

export interface PostgresBackend {
  readonly url: string;
  /** For the summary. */
  readonly description: string;
  /** The command that connects to it; null: the user knows their own. */
  readonly psql: string | null;
  stop(): Promise<void>;
}

export async function startPostgres(project: string, { database }: Config): Promise<PostgresBackend> {
  if (database?.kind === 'arn') throw new ConfigError('DATABASE_SECRET_ARN is for AWS; set DATABASE_URL here');
  if (database !== null) {
    const target = await connectionConfig(database.value, { applicationName: '' });
    const description = `DATABASE_URL, ${describeTarget(target)}`;
    return { url: database.value, description, psql: null, stop: async () => {} };
  }
  const directory = join(project, '.local', 'postgres');
  const postgres = await startEmbeddedPostgres({ directory, persistent: true });
  const serviceFile = join(project, SERVICE_FILE);
  await writeServiceFile(serviceFile, new URL(postgres.url));
  return {
    url: postgres.url,
    // Root's data may be elsewhere.
    description: `embedded, data in ${postgres.directory === directory ? '.local/postgres' : postgres.directory}`,
    psql: `PGSERVICEFILE=${SERVICE_FILE} psql service=local`,
    async stop() {
      await rm(serviceFile, { force: true });
      await postgres.stop();
    },
  };
}

const SERVICE_FILE = '.local/pg_service.conf';

/** For psql and other programs of libpq, so that no command line holds the password. The port differs at each start. */
async function writeServiceFile(path: string, { hostname, port, username, password, pathname }: URL): Promise<void> {
  const settings = { host: hostname, port, user: username, password, dbname: pathname.slice(1) };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  await writeFile(path, `${['[local]', ...lines].join('\n')}\n`, { mode: 0o600, flag: 'wx' });
}

/** Returns the table that is used. */
export async function migrateDatabase(url: string, { createInterviewerTable }: Config): Promise<TableInUse> {
  const tables: TableInUse[] = [];
  await migrate(url, {
    createTable: createInterviewerTable,
    onTable: (table) => tables.push(table),
    warn: (line) => console.warn(visibleSentence(line)),
  });
  const [table] = tables;
  if (table === undefined) throw new Error('The migrations name the table that they use');
  return table;
}

export interface SampleAccount {
  readonly simulator_url: string;
  readonly api_key: string;
}

export interface RetellBackend {
  readonly settings: Pick<Config, 'retellApiKey' | 'retellBaseUrl'>;
  /** null: a real account. */
  readonly sample: SampleAccount | null;
  /** For the summary. */
  readonly description: string;
  stop(): Promise<void>;
}

export async function startRetell(project: string, config: Config): Promise<RetellBackend> {
  const { retellApiKey, retellBaseUrl } = config;
  if (retellApiKey?.kind === 'arn')
    throw new ConfigError('RETELL_API_KEY_SECRET_ARN is for AWS; set RETELL_API_KEY here');
  if (retellApiKey !== null) {
    const description = `your account at ${new URL(retellBaseUrl ?? 'https://api.retellai.com').host}`;
    return { settings: { retellApiKey, retellBaseUrl }, sample: null, description, stop: async () => {} };
  }
  if (retellBaseUrl !== null) throw new ConfigError('RETELL_BASE_URL is set, so RETELL_API_KEY must be set too');
  const other = await findRunning(project);
  if (other !== null) {
    throw new Error(
      `${other.url} already runs here on the sample account (process ${other.pid}): stop it first, or set RETELL_API_KEY.`,
    );
  }
  const statePath = accountFile(project);
  // Other users of the machine can also reach the simulator.
  const apiKey = `key_${randomBytes(16).toString('hex')}`;
  const simulator = await startSimulator({ apiKey, statePath, agents: SAMPLE_AGENTS });
  return {
    settings: { retellApiKey: { kind: 'value', value: apiKey }, retellBaseUrl: simulator.url },
    sample: { simulator_url: simulator.url, api_key: apiKey },
    description: 'a simulated account with sample agents (set RETELL_API_KEY to use your own)',
    stop: () => simulator.close(),
  };
}
