/** What the system works on: a Postgres and a Retell account, the user's own or ones brought along. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Config, ConfigError } from '../../shared/config.ts';
import { connectionConfig } from '../../shared/db/connection.ts';
import { describeTarget } from '../../shared/db/database-error.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { findRunning } from './pid-file.ts';
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
    const target = await connectionConfig(database.value, { applicationName: '' });
    return { url: database.value, description: `DATABASE_URL, ${describeTarget(target)}`, stop: async () => {} };
  }
  const directory = join(project, '.local', 'postgres');
  const postgres = await startEmbeddedPostgres({ directory, persistent: true });
  // Its port is another at each start. It names a superuser, so only its owner may read it.
  const urlFile = join(project, '.local', 'database-url');
  await mkdir(dirname(urlFile), { recursive: true });
  await rm(urlFile, { force: true });
  await writeFile(urlFile, postgres.url, { mode: 0o600 });
  const stop = async () => {
    await rm(urlFile, { force: true });
    await postgres.stop();
  };
  return {
    url: postgres.url,
    description: 'embedded, kept in .local/postgres; look in with psql "$(cat .local/database-url)"',
    stop,
  };
}

export interface RetellBackend {
  readonly settings: Pick<Config, 'retellApiKey' | 'retellBaseUrl'>;
  /** null: a real account. */
  readonly sample: { readonly simulator_url: string; readonly api_key: string } | null;
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
    return { settings: { retellApiKey, retellBaseUrl }, sample: null, description, stop: async () => {} };
  }
  if (retellBaseUrl !== null) throw new ConfigError('RETELL_BASE_URL is set, so RETELL_API_KEY must be set too');
  const other = await findRunning(project);
  if (other !== null) {
    throw new Error(
      `${other.url} already runs here on the sample account (process ${other.pid}): stop it first, or set RETELL_API_KEY.`,
    );
  }
  const statePath = join(project, '.local', 'retell-account.json');
  const simulator = await startSimulator({ apiKey: SAMPLE_KEY, statePath, agents: SAMPLE_AGENTS });
  return {
    settings: { retellApiKey: { kind: 'value', value: SAMPLE_KEY }, retellBaseUrl: simulator.url },
    sample: { simulator_url: simulator.url, api_key: SAMPLE_KEY },
    description: 'a simulated sample account (set RETELL_API_KEY for yours)',
    stop: () => simulator.close(),
  };
}
