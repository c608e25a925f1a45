/** Describes a failure of the database to people: the server's own message, which server, and what to do next. */
import { type ClientConfig, DatabaseError } from 'pg';
import { AppError, apiError, isCertificateCode } from '../errors.ts';
import { withoutFullStop } from '../text.ts';
import { SQLSTATE } from './sqlstate.ts';

/** Where a connection leads, and as which user. */
export type ConnectionTarget = Pick<ClientConfig, 'host' | 'port' | 'user' | 'database'>;

/** The SQLSTATE with which the server refused, or undefined if the error is not the server's. */
export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

const MISSING_SCHEMA: ReadonlySet<string> = new Set([
  SQLSTATE.undefinedTable,
  SQLSTATE.undefinedColumn,
  SQLSTATE.invalidSchemaName,
]);

/**
 * Classes and codes that mean that the database cannot be used now: connection (08), authorization (28), unknown
 * database (3D), conflicts after three tries (40), resources (53), shutdown and time limits (57), locks, and a
 * read-only server.
 */
const UNAVAILABLE = /^(08|28|3D|40|53|57)|^55P03$|^25006$/;

const CODES: ReadonlySet<string> = new Set(['database_unavailable', 'schema_mismatch', 'database_permission']);

/** Whether an AppError describes a failure of the database. */
export function isDatabaseFailure({ code }: AppError): boolean {
  return CODES.has(code);
}

export function schemaMismatch(message: string, cause?: unknown): AppError {
  return apiError('schema_mismatch', { message, cause });
}

/** The AppError of a statement's failure; a bug of ours passes through unchanged. */
export function translate(error: unknown, target?: ConnectionTarget): unknown {
  const state = sqlStateOf(error);
  if (state === undefined) return error;
  if (MISSING_SCHEMA.has(state)) {
    const missing = `The database does not have the tables or columns that this version needs: ${wordsOf(error)}.`;
    return schemaMismatch(missing, error);
  }
  if (state === SQLSTATE.insufficientPrivilege) {
    return apiError('database_permission', {
      message: `The database role may not do this: ${wordsOf(error)}.`,
      hint: 'Run shared/db/service-role.sql as the role that owns the interviewer table (on AWS: the function that migrates): it grants the rights, row-level security included.',
      cause: error,
    });
  }
  if (!UNAVAILABLE.test(state)) return error;
  return failure(`The database cannot be used now${at(target)}: ${wordsOf(error)}.`, error, target);
}

/** The AppError for a lost connection. */
export function unavailable(cause: unknown, target?: ConnectionTarget): AppError {
  return failure(`The connection to the database was lost${at(target)}: ${wordsOf(cause)}.`, cause, target);
}

/** The AppError for a connection that cannot be opened. */
export function unreachable(cause: unknown, target?: ConnectionTarget): AppError {
  const code = codeOf(cause);
  if (code !== undefined && isCertificateCode(code)) return untrusted(code, cause, target);
  const what = cause instanceof DatabaseError ? 'refuses the connection' : 'cannot be reached';
  return failure(`The database ${what}${at(target)}: ${wordsOf(cause)}.`, cause, target);
}

/** The AppError for a connection string that cannot be used; `why` shows nothing of it that may be secret. */
export function refusedConnection(why: string, cause?: unknown): AppError {
  return apiError('database_unavailable', {
    message: `DATABASE_URL ${why}.`,
    hint: 'Correct it (on AWS: the database secret).',
    cause,
  });
}

/** The same failure without the names of server, user and database, for a response that anyone may read. */
export function withoutNames(error: unknown): unknown {
  if (!(error instanceof AppError && isDatabaseFailure(error))) return error;
  const { status, code, hint } = error;
  return new AppError({ status, code, message: 'The database cannot be reached or used.', hint, cause: error });
}

/** On AWS the connection string is in a secret. */
const WHERE = 'DATABASE_URL (on AWS: the database secret)';

const CERTIFICATE_HINTS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'It has expired: renew it at the server.',
  CERT_NOT_YET_VALID: 'It is not valid yet: compare the clocks of this machine and of the CA.',
  ERR_TLS_CERT_ALTNAME_INVALID: `It is for another host: name the server in ${WHERE} as its certificate does.`,
};

function untrusted(code: string, cause: unknown, target: ConnectionTarget | undefined): AppError {
  return apiError('database_unavailable', {
    message: `The certificate of the database server is not accepted${at(target)}: ${code}.`,
    hint:
      CERTIFICATE_HINTS[code] ?? `If it is the right server, name its CA with sslrootcert=/path/to/ca.crt in ${WHERE}.`,
    cause,
  });
}

function failure(message: string, cause: unknown, target: ConnectionTarget | undefined): AppError {
  return apiError('database_unavailable', { message, hint: hintFor(cause, target), cause });
}

/** What to do next, by SQLSTATE, network error code or message. */
const HINTS: readonly (readonly [cause: RegExp, hint: string])[] = [
  [/^28P01$/, `Check the user and the password in ${WHERE}.`],
  [/^28000$/, `Check the user in ${WHERE}, and that the server lets it in from this machine.`],
  [/^3D000$|no such database/i, `Name the platform's database in ${WHERE}, after the host.`],
  [/^53300$/, `Close connections of others, or name a pooler in ${WHERE}.`],
  [/^57P0[123]$/, `Try again in a moment; if it stays, check ${WHERE} and that its database is running.`],
  [
    /tenant or user not found/i,
    `A pooler for several projects takes the user as role.project: copy the connection string from its dashboard into ${WHERE}.`,
  ],
  [
    /startup parameter.*\b(options|search_path)\b/i,
    `The pooler takes no options: leave them out of ${WHERE} (schema=... names a schema without them), or name Postgres itself there.`,
  ],
  [/password authentication failed|password must be/i, `Check the user and the password in ${WHERE}.`],
  [/does not support SSL/, `Turn TLS on at the server, or check host and port in ${WHERE}.`],
  [
    /^(ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)$|time-?out/i,
    `Check host and port in ${WHERE}, and that firewalls let this machine in.`,
  ],
  [/^E(NOTFOUND|AI_AGAIN)$/, `Check the host in ${WHERE}.`],
];

/** The host has only an IPv6 address, which Lambda and many networks cannot reach. */
const SUPABASE_DIRECT = /^db\.\w+\.supabase\.co$/;

function hintFor(cause: unknown, target: ConnectionTarget | undefined): string {
  if (!(cause instanceof DatabaseError) && SUPABASE_DIRECT.test(target?.host ?? ''))
    return `Supabase's direct host has an IPv6 address only: name its pooler in ${WHERE}.`;
  const signs = [codeOf(cause) ?? '', cause instanceof Error ? cause.message : ''];
  const [, hint] = HINTS.find(([sign]) => signs.some((text) => sign.test(text))) ?? [];
  return hint ?? `Check ${WHERE}, and that its database is running.`;
}

/** Node's codes mean little to people. */
const NETWORK_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the other side closed the connection',
  EPIPE: 'the other side closed the connection',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host cannot be looked up',
  ETIMEDOUT: 'there was no response in time',
  ENETUNREACH: 'there is no route to it',
  EHOSTUNREACH: 'there is no route to it',
  ENOENT: 'there is no such socket',
  EACCES: 'this user may not use the socket',
};

/** The server's own message, or what the network reported, with the code to search for. */
function wordsOf(cause: unknown): string {
  const code = codeOf(cause);
  const message = cause instanceof Error ? withoutFullStop(cause.message.replaceAll(/\s+/g, ' ')) : '';
  const words = NETWORK_WORDS[code ?? ''] ?? message;
  if (code === undefined) return words;
  return words === '' ? code : `${words} (${code})`;
}

function at(target: ConnectionTarget | undefined): string {
  return target === undefined ? '' : ` (${describeTarget(target)})`;
}

/** `user app, database foloup at db.example:5432`. Never the password. */
export function describeTarget({ host = '', port = 0, user = '', database = '' }: ConnectionTarget): string {
  const server = host.startsWith('/')
    ? `the socket ${host}/.s.PGSQL.${port}`
    : `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return `user ${user}, database ${database} at ${server}`;
}

function codeOf(cause: unknown): string | undefined {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
