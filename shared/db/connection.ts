/** Turns a connection string into the configuration that pg connects with. */
import { userInfo } from 'node:os';
import type { PoolConfig } from 'pg';
import { type HonoredParameter, refusedParameter } from './connection-parameters.ts';
import { parseConnectionString } from './connection-string.ts';
import { isLocal, type Parameter, tlsOptions } from './connection-tls.ts';
import { refusedConnection } from './database-error.ts';

export interface ConnectionOptions {
  readonly applicationName: string;
  /** Called for each new connection, in place of the password of the connection string. */
  readonly password?: (user: { hostname: string; port: number; username: string }) => Promise<string>;
}

export interface ConnectionConfig extends PoolConfig {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  /** The schema in the string; null: none. */
  readonly schema: string | null;
  /**
   * The `search_path` that the string sets by `options`; null: none. It is a start-up parameter, which poolers may drop
   * without an error, so the session must be checked for it.
   */
  readonly searchPath: string | null;
}

const CONNECT_MS = 5_000;

/**
 * What pg needs to connect with this string. Every parameter is used or refused, with an AppError of one line that never
 * shows the password. Without a password in the string, pg reads `~/.pgpass`.
 */
export async function connectionConfig(text: string, options: ConnectionOptions): Promise<ConnectionConfig> {
  const parsed = parseConnectionString(text);
  if (!parsed.ok) throw refusedConnection(parsed.why);
  const refusal = refusedParameter(parsed.parameters);
  if (refusal !== null) throw refusedConnection(refusal);
  const parameter: Parameter = (name) => parsed.parameters.get(name);
  const [host, port] = [hostOf(parameter), portOf(parameter)];
  const user = userOf(host, parameter);
  const { password } = options;
  const ssl = await tlsOptions(host, parameter);
  const searchPath = searchPathOf(parameter);
  const serverOptions = parameter('options') ?? '';
  const connections = whole(parameter, 'connection_limit');
  return {
    host,
    port,
    user,
    password:
      password === undefined ? (parameter('password') ?? '') : () => password({ hostname: host, port, username: user }),
    database: databaseOf(parameter),
    ssl,
    ...negotiation(parameter, ssl !== false),
    application_name: parameter('application_name') ?? options.applicationName,
    client_encoding: 'UTF8',
    connectionTimeoutMillis: connectMs(parameter),
    ...keepAlive(parameter),
    ...(serverOptions === '' ? {} : { options: serverOptions }),
    ...(connections === undefined ? {} : { max: connections }),
    schema: parameter('schema') ?? null,
    searchPath,
  };
}

function hostOf(parameter: Parameter): string {
  const host = parameter('host') ?? 'localhost';
  if (host.includes(','))
    throw refusedConnection(`names several hosts (${host}); name the primary, or a pooler in front of them`);
  return host;
}

function portOf(parameter: Parameter): number {
  const text = parameter('port') ?? '5432';
  const port = Number(text);
  // Not shown: after an unencoded / in a password, this is the rest of the password.
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    throw refusedConnection('has a port that is no number from 1 to 65535; in a password, write / as %2F and : as %3A');
  return port;
}

function userOf(host: string, parameter: Parameter): string {
  const user = parameter('user');
  if (user !== undefined) return user;
  // libpq does the same; on another machine this would be a guess.
  if (isLocal(host)) return userInfo().username;
  throw refusedConnection('names no user');
}

/** libpq would default to a database named like the user, which is rarely intended. */
function databaseOf(parameter: Parameter): string {
  const database = parameter('dbname');
  if (database === undefined) throw refusedConnection('names no database; write it after the host: .../database');
  // libpq would expand it. Not shown, because it may contain a password.
  if (database.includes('://'))
    throw refusedConnection('has another connection string for its database; give that alone');
  return database;
}

/**
 * `schema` names the table's schema and is not sent as a parameter, because no name is looked up in a search path that
 * it would set.
 */
function searchPathOf(parameter: Parameter): string | null {
  const [, searchPath] = /(?:-c\s*|--)search_path\s*=\s*((?:\\.|[^\s\\])+)/i.exec(parameter('options') ?? '') ?? [];
  if (searchPath === undefined) return null;
  if (parameter('schema') !== undefined) throw refusedConnection('names a schema twice, by schema and by options');
  return searchPath.replaceAll(/\\(.)/g, '$1');
}

function connectMs(parameter: Parameter): number {
  const seconds = whole(parameter, 'connect_timeout');
  // For libpq, 0 means no limit, but here a request waits. A shorter limit is used as it is; a longer one is capped.
  return seconds === undefined || seconds === 0 ? CONNECT_MS : Math.min(seconds * 1_000, CONNECT_MS);
}

function keepAlive(parameter: Parameter): Pick<PoolConfig, 'keepAlive' | 'keepAliveInitialDelayMillis'> {
  const idle = whole(parameter, 'keepalives_idle');
  return {
    keepAlive: whole(parameter, 'keepalives') !== 0,
    ...(idle === undefined ? {} : { keepAliveInitialDelayMillis: idle * 1_000 }),
  };
}

function negotiation(
  parameter: Parameter,
  encrypted: boolean,
): Pick<PoolConfig, 'sslnegotiation' | 'enableChannelBinding'> {
  const sslnegotiation = oneOf(parameter, 'sslnegotiation', ['postgres', 'direct']) ?? 'postgres';
  const binding = oneOf(parameter, 'channel_binding', ['disable', 'prefer', 'require']) ?? 'disable';
  if (!encrypted && sslnegotiation === 'direct') throw refusedConnection('has sslnegotiation=direct without TLS');
  if (!encrypted && binding === 'require') throw refusedConnection('has channel_binding=require without TLS');
  // Without channel binding, the certificate still identifies the server; it is always verified.
  return { sslnegotiation, enableChannelBinding: binding !== 'disable' };
}

function oneOf<Value extends string>(
  parameter: Parameter,
  name: HonoredParameter,
  values: readonly Value[],
): Value | undefined {
  const text = parameter(name);
  const value = values.find((one) => one === text);
  if (text !== undefined && value === undefined)
    throw refusedConnection(`has ${name}=${text}, but must have one of ${values.join(', ')}`);
  return value;
}

function whole(parameter: Parameter, name: HonoredParameter): number | undefined {
  const text = parameter(name);
  if (text !== undefined && !/^\d{1,6}$/.test(text))
    throw refusedConnection(`has ${name}=${text}, which is no whole number`);
  return text === undefined ? undefined : Number(text);
}
