/** The migrations' own composition root: they need the database's secrets and a log, and nothing else. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Config, ConfigError, loadConfig, type SecretSource } from '../config.ts';
import { ENVIRONMENT } from '../contract.ts';
import { makeIamServiceRole } from '../db/iam-service-role.ts';
import { migrate } from '../db/migrate.ts';
import { isPasswordRefused, ROTATION_MS } from '../db/owner-client.ts';
import { makeServiceRole } from '../db/service-role.ts';
import { createLog, type Log } from '../log.ts';
import { createSecrets, type Secrets } from '../secrets/secrets.ts';
import { mayPassSoon } from './may-pass-soon.ts';

const ROTATION_TRIES = 3;

export interface Waiting {
  /** How long to wait for a database or secret that is not reachable yet. */
  readonly forMs: number;
  readonly pauseMs: number;
}

/** A new instance accepts connections, and a new NAT forwards, a little later than CloudFormation reports. */
const WAITING: Waiting = { forMs: 3 * 60_000, pauseMs: 5_000 };

/**
 * Applies the migrations that are bundled with the code, and returns their names. If the owner has its own secret, connects
 * with that, and then creates or updates the service's role. Logs every error before it throws it.
 */
export async function applyMigrations(waiting: Waiting = WAITING): Promise<string[]> {
  const config = loadConfig();
  const secrets = createSecrets();
  const log = createLog({ format: 'json', level: config.logLevel, secrets: secrets.known });
  try {
    return await retry(() => migrateDatabase(config, secrets, log), waiting, log);
  } catch (error) {
    log.error('The migrations failed; the deployment goes back to the version before', { error });
    throw error;
  }
}

async function retry<Value>(work: () => Promise<Value>, { forMs, pauseMs }: Waiting, log: Log): Promise<Value> {
  const deadline = performance.now() + forMs;
  for (let refused = 0; ; ) {
    try {
      return await work();
    } catch (error) {
      if (isPasswordRefused(error)) refused += 1;
      const isWorthwhile = isPasswordRefused(error)
        ? refused < ROTATION_TRIES
        : mayPassSoon(error) && performance.now() < deadline;
      if (!isWorthwhile) throw error;
      log.warn('The database or its secret is not reachable yet; it is tried again', { error });
      await delay(isPasswordRefused(error) ? ROTATION_MS : pauseMs);
    }
  }
}

async function migrateDatabase(config: Config, secrets: Secrets, log: Log): Promise<string[]> {
  const { database, databaseOwner, databaseIamUser, createInterviewerTable } = config;
  if (database === null) throw new ConfigError(`${ENVIRONMENT.databaseSecretArn} is not set`);
  const readCurrent = async (source: SecretSource) => {
    await secrets.refresh(source);
    return await secrets.read(source);
  };
  const options = { log: (line: string) => log.info(line) };
  const owner = await readCurrent(databaseOwner ?? database);
  const applied = await migrate(owner, {
    ...options,
    warn: (line) => log.warn(line),
    createTable: createInterviewerTable,
    onTable: (table) =>
      log.info(`The table in use is ${table.schema}.${table.table} in the database ${table.database}`, { ...table }),
  });
  if (databaseIamUser !== null) await makeIamServiceRole(owner, databaseIamUser, options);
  else if (databaseOwner !== null) await makeServiceRole(owner, () => readCurrent(database), options);
  return applied;
}
