/** Which parameters of a connection string are supported. All others are refused by name, never ignored. */
import { suggestName } from '../suggest-name.ts';
import type { ConnectionParameters } from './connection-string.ts';

/** Read by `connectionConfig`; most have libpq's names. */
const HONORED = [
  'host',
  'port',
  'user',
  'password',
  'dbname',
  'options',
  'application_name',
  'connect_timeout',
  'keepalives',
  'keepalives_idle',
  'channel_binding',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'sslpassword',
  'sslnegotiation',
  'ssl_min_protocol_version',
  'ssl_max_protocol_version',
  // A parameter of node-postgres.
  'ssl',
  'rejectUnauthorized',
  // A parameter of Prisma.
  'schema',
  'connection_limit',
] as const;
export type HonoredParameter = (typeof HONORED)[number];

/** Values that request what happens in any case. */
const SATISFIED: ReadonlyMap<string, RegExp> = new Map([
  ['fallback_application_name', /^/],
  ['client_encoding', /^(utf-?8|unicode|auto)$/i],
  ['encoding', /^(utf-?8|unicode)$/i],
  ['gssencmode', /^(disable|prefer)$/],
  ['load_balance_hosts', /^(disable|random)$/],
  // A read-only server refuses the first write, and the connection is then replaced.
  ['target_session_attrs', /^(any|read-write|primary)$/],
  ['replication', /^(false|off|no|0)$/],
  ['requiressl', /^0$/],
  ['sslcertmode', /^allow$/],
  ['sslcompression', /^0$/],
  ['sslsni', /^1$/],
  // Both values of node-postgres verify the certificate.
  ['uselibpqcompat', /^(true|false)$/],
  // A parameter of Prisma; statements are never prepared by name.
  ['pgbouncer', /^(true|false)$/],
]);

/** Known but unsupported parameters, each with what to do instead. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  'name the server with host': ['hostaddr'],
  'give the password itself': ['passfile'],
  'write out what the service file has': ['service', 'servicefile'],
  'use schema': ['currentSchema', 'search_path'],
  'leave it out': [
    'gssdelegation',
    'gsslib',
    'krbsrvname',
    'require_auth',
    'requirepeer',
    'scram_client_key',
    'scram_server_key',
    'keepalives_interval',
    'keepalives_count',
    'tcp_user_timeout',
    'min_protocol_version',
    'max_protocol_version',
    'oauth_issuer',
    'oauth_client_id',
    'oauth_client_secret',
    'oauth_scope',
    'sslcrl',
    'sslcrldir',
    'sslkeylogfile',
    // node-postgres sends these at the start of a connection, where poolers refuse them.
    'statement_timeout',
    'lock_timeout',
    'idle_in_transaction_session_timeout',
    'query_timeout',
    // Parameters of Prisma.
    'pool_timeout',
    'socket_timeout',
    'statement_cache_size',
    'single_use_connections',
    'sslaccept',
    'sslidentity',
  ],
};

const REFUSED_NAMES = Object.values(REFUSED).flat();
const SHORTEST_NAME = 4;

/** Why the parameters cannot be used, as the rest of a sentence; null: all names are supported. */
export function refusedParameter(parameters: ConnectionParameters): string | null {
  const refusals = [...parameters].map(([name, value]) => refusalOf(name, value));
  return refusals.find((refusal) => refusal !== null) ?? null;
}

function refusalOf(name: string, value: string): string | null {
  const honored: readonly string[] = HONORED;
  if (honored.includes(name)) return null;
  if (SATISFIED.has(name))
    return SATISFIED.get(name)?.test(value) ? null : `has ${name}=${value}, which is not supported: leave it out`;
  const [remedy] = Object.entries(REFUSED).find(([, names]) => names.includes(name)) ?? [];
  if (remedy !== undefined) return `has the parameter ${name}, which is not supported: ${remedy}`;
  const known = [...HONORED, ...SATISFIED.keys(), ...REFUSED_NAMES];
  const resembling = suggestName(name, known, SHORTEST_NAME)?.name;
  return `has the parameter ${name}, which is not known${resembling === undefined ? ': leave it out' : ` (did you mean ${resembling}?)`}`;
}
