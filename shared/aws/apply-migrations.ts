/** A composition root of the migrations' own: they need the database's secret and a log, and nothing else. */
import { ConfigError, loadConfig } from '../config.ts';
import { ENVIRONMENT } from '../contract.ts';
import { migrate } from '../db/migrate.ts';
import { createLog } from '../log.ts';
import { createSecrets } from '../secrets.ts';

/** The names of the migrations that were applied. Throws what `migrate` and the reading of a secret throw, and logs it. */
export async function applyMigrations(directory: string): Promise<string[]> {
  const config = loadConfig();
  const secrets = createSecrets();
  const log = createLog({ format: 'json', level: config.logLevel, secrets: secrets.known });
  try {
    if (config.database === null) throw new ConfigError(`${ENVIRONMENT.databaseSecretArn} is not set`);
    return await migrate(await secrets.read(config.database), { directory, log: (line) => log.info(line) });
  } catch (error) {
    log.error('The migrations failed', { error });
    throw error;
  }
}
