/**
 * An environment without the variables that Postgres' programs and pg read by themselves (`PGOPTIONS`, `PGHOST` and so on).
 * In a shell they are meant for psql: pg would add them to whatever a connection string leaves out, and so send data to
 * another schema than the one that the settings name.
 */
export function withoutPostgresVariables(env: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^PG[A-Z]/.test(name)));
}
