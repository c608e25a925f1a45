/** A composition root of the migrations' own: they need the database's secrets and a log, and nothing else. */
import { ConfigError, loadConfig } from '../config.ts';
import { ENVIRONMENT } from '../contract.ts';
import { migrate } from '../db/migrate.ts';
import { makeServiceRole } from '../db/service-role.ts';
import { createLog } from '../log.ts';
import { createSecrets } from '../secrets.ts';

/**
 * Applies the migrations that lie beside the code, and returns their names. With an owner's secret it connects by that
 * one, and afterwards makes the role in the other what the service needs. Throws what these and the reading of a secret
 * throw, and logs it.
 */
export async function applyMigrations(): Promise<string[]> {
  const config = loadConfig();
  const secrets = createSecrets();
  const log = createLog({ format: 'json', level: config.logLevel, secrets: secrets.known });
  const write = (line: string) => log.info(line);
  try {
    const { database, databaseOwner } = config;
    if (database === null) throw new ConfigError(`${ENVIRONMENT.databaseSecretArn} is not set`);
    const owner = await secrets.read(databaseOwner ?? database);
    const applied = await migrate(owner, { log: write });
    if (databaseOwner === null) return applied;
    const service = async () => {
      await secrets.refresh(database);
      return await secrets.read(database);
    };
    await makeServiceRole(owner, service, { log: write });
    return applied;
  } catch (error) {
    log.error('The migrations failed', { error });
    throw error;
  }
}
