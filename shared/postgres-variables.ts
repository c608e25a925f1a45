/**
 * Whether Postgres' programs and pg read this variable on their own, such as `PGOPTIONS` and `PGHOST`. In a shell they
 * are meant for psql: pg would use them for everything that a connection string leaves out, and so connect to another
 * schema or server than the settings name.
 */
export function isPostgresVariable(name: string): boolean {
  return /^PG[A-Z]/.test(name);
}

/** A copy of the environment, for a child process. */
export function withoutPostgresVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isPostgresVariable(name)));
}
