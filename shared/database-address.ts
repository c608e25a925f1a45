/** The settings that complete the database's address in a connection string or a secret. */
import { ENVIRONMENT } from './contract.ts';
import { type ConnectionParameters, formatConnectionString, parseConnectionString } from './db/connection-string.ts';
import { ConfigError, type Environment, integer, shownValue, text } from './environment.ts';

/** By libpq's names. */
const VARIABLES: Readonly<Record<string, string>> = {
  host: ENVIRONMENT.databaseHost,
  port: ENVIRONMENT.databasePort,
  dbname: ENVIRONMENT.databaseName,
  schema: ENVIRONMENT.databaseSchema,
};

export function databaseAddress(env: Environment): ConnectionParameters {
  integer(env, ENVIRONMENT.databasePort, { fallback: 5432, from: 1, to: 65_535 });
  const given = Object.entries(VARIABLES).map(([parameter, variable]) => [parameter, text(env, variable)] as const);
  return new Map(given.flatMap(([parameter, value]) => (value === null ? [] : [[parameter, value] as const])));
}

/** In a shell, `DATABASE_HOST` may belong to another program, so it does not take precedence over `DATABASE_URL`. */
export function completeUrl(value: string, address: ConnectionParameters): string {
  const parsed = parseConnectionString(value);
  if (!parsed.ok) throw new ConfigError(`${ENVIRONMENT.databaseUrl} ${parsed.why}`);
  if (address.size === 0) return value;
  for (const [parameter, wanted] of address) {
    if ((parsed.parameters.get(parameter) ?? wanted) !== wanted)
      throw new ConfigError(
        `${variableOf(parameter)} is ${shownValue(wanted)}, but ${ENVIRONMENT.databaseUrl} says otherwise`,
      );
  }
  return formatConnectionString(new Map([...parsed.parameters, ...address]));
}

/** The setting for this parameter. */
export function variableOf(parameter: string): string {
  return VARIABLES[parameter] ?? parameter;
}
