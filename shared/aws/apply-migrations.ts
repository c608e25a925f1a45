/** A composition root of the migrations' own: they need the database's secrets and a log, and nothing else. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Config, ConfigError, loadConfig, type SecretSource } from '../config.ts';
import { ENVIRONMENT } from '../contract.ts';
import { migrate } from '../db/migrate.ts';
import { isPasswordRefused, ROTATION_MS } from '../db/owner-client.ts';
import { makeServiceRole } from '../db/service-role.ts';
import { createLog, type Log } from '../log.ts';
import { createSecrets, type Secrets } from '../secrets.ts';

const TRIES = 3;

/**
 * Applies the migrations that lie beside the code, and returns their names. With an owner's secret it connects by that
 * one, and then makes the role in the other what the service needs. Throws what these and the reading of a secret throw,
 * and logs it.
 */
export async function applyMigrations(): Promise<string[]> {
  const config = loadConfig();
  const secrets = createSecrets();
  const log = createLog({ format: 'json', level: config.logLevel, secrets: secrets.known });
  try {
    return await retryDuringRotation(() => bringUpToDate(config, secrets, log));
  } catch (error) {
    log.error('The migrations failed', { error });
    throw error;
  }
}

async function retryDuringRotation<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === TRIES || !isPasswordRefused(error)) throw error;
    }
    await delay(ROTATION_MS);
  }
}

async function bringUpToDate({ database, databaseOwner }: Config, secrets: Secrets, log: Log): Promise<string[]> {
  if (database === null) throw new ConfigError(`${ENVIRONMENT.databaseSecretArn} is not set`);
  const fresh = async (source: SecretSource) => {
    await secrets.refresh(source);
    return await secrets.read(source);
  };
  const options = { log: (line: string) => log.info(line) };
  const owner = await fresh(databaseOwner ?? database);
  const applied = await migrate(owner, { ...options, warn: (line) => log.warn(line) });
  if (databaseOwner !== null) await makeServiceRole(owner, () => fresh(database), options);
  return applied;
}
