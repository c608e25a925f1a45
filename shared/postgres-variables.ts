/**
 * Whether Postgres' programs and pg read this variable by themselves, as `PGOPTIONS` and `PGHOST`. In a shell they are
 * meant for psql: pg would add them to whatever a connection string leaves out, and so lead to another schema or server
 * than the settings name.
 */
export function isPostgresVariable(name: string): boolean {
  return /^PG[A-Z]/.test(name);
}

/** A copy, for a program that is started. */
export function withoutPostgresVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isPostgresVariable(name)));
}
