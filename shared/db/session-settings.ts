/**
 * The settings of sessions. Behind a pooler no session lasts, so a setting comes from the role or with each
 * transaction.
 */

export type Settings = Readonly<Record<string, string>>;

/** Only Postgres' own functions and operators are found without a schema: all others could belong to any role. */
const OWN_NAMES_ONLY: Settings = { search_path: 'pg_catalog, pg_temp' };

/** For the service, written as Postgres shows them. service-role.sql gives the same to its role. */
export const SERVICE_SETTINGS: Settings = {
  ...OWN_NAMES_ONLY,
  // The format in which pg parses times.
  DateStyle: 'ISO, MDY',
  statement_timeout: '1min',
  lock_timeout: '30s',
  // A process that is frozen in the middle of a transaction holds its locks no longer than this.
  idle_in_transaction_session_timeout: '30s',
};

/** For the migrations, which run as the owner. */
export const OWNER_SETTINGS: Settings = {
  ...OWN_NAMES_ONLY,
  // ALTER TABLE waits for every user of the table, and all later ones wait for it.
  lock_timeout: '30s',
};

/** For the start-up parameter `options`, which many poolers refuse or drop. */
export function startupOptions(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value.replaceAll(/[\s\\]/g, '\\$&')}`)
    .join(' ');
}

/** Valid until the end of the transaction. Qualified, because the search path is unknown until then. */
export function setLocal(settings: Settings): string {
  const calls = Object.entries(settings).map(([name, value]) => `pg_catalog.set_config('${name}', '${value}', true)`);
  return `select ${calls.join(', ')}`;
}

/** Shows the settings as one row. */
export function showSettings(settings: Settings): string {
  const columns = Object.keys(settings).map((name) => `pg_catalog.current_setting('${name}') as "${name}"`);
  return `select ${columns.join(', ')}`;
}
