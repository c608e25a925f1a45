import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import type { ClientConfig } from 'pg';
import { AppError } from '../errors.ts';
import { rdsCaCertificates } from './rds-ca.ts';

export interface ConnectionOptions {
  readonly applicationName: string;
  /** Asked for each new connection, in place of the password of the connection string. */
  readonly password?: (user: { hostname: string; port: number; username: string }) => Promise<string>;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\/.*)$/;
const VERIFYING_MODES: ReadonlySet<string> = new Set(['require', 'verify-ca', 'verify-full']);

/**
 * What pg needs to connect by this `DATABASE_URL`. Read here and not by pg, which lets a parameter of the URL turn the
 * verification of the certificate off: beyond this machine the connection is always TLS and always verified.
 * Throws an AppError of one line, which never shows the URL.
 */
export async function connectionConfig(url: string, options: ConnectionOptions): Promise<ClientConfig> {
  const parsed = parseUrl(url);
  const parameters = parsed.searchParams;
  const host = parameters.get('host') ?? (decoded(parsed.hostname).replace(/^\[(.*)\]$/, '$1') || 'localhost');
  const serverOptions = parameters.get('options');
  const port = Number(parameters.get('port') ?? (parsed.port || '5432'));
  const username = decoded(parsed.username);
  const { password } = options;
  return {
    host,
    port,
    user: username,
    password: password === undefined ? decoded(parsed.password) : () => password({ hostname: host, port, username }),
    database: decoded(parsed.pathname.slice(1)) || 'postgres',
    ssl: await tls(host, parameters),
    application_name: options.applicationName,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    ...(serverOptions === null ? {} : { options: serverOptions }),
  };
}

function parseUrl(url: string): URL {
  // URL.parse, for the error of `new URL` holds the input, and with it the password.
  const parsed = URL.parse(url);
  if (parsed === null || !['postgres:', 'postgresql:'].includes(parsed.protocol)) {
    throw refused('is not of the form postgres://user:password@host:5432/database');
  }
  return parsed;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Not as a cause: it is the part that is wrong, and that may be the password.
    throw refused('holds a % that begins no code of a character; write it as %25');
  }
}

async function tls(host: string, parameters: URLSearchParams): Promise<ClientConfig['ssl']> {
  const local = LOOPBACK.test(host);
  const ssl = parameters.get('ssl');
  const mode = parameters.get('sslmode') ?? modeOf(ssl) ?? (local ? 'disable' : 'verify-full');
  if (ssl === 'no-verify' || parameters.get('rejectUnauthorized') === 'false') {
    throw refused('turns the verification of the certificate off, which is not accepted');
  }
  if (mode === 'disable') {
    if (!local) throw refused(`turns encryption off, which is only accepted on this machine, not for ${host}`);
    return false;
  }
  if (!VERIFYING_MODES.has(mode)) throw refused(`has sslmode=${mode}; use sslmode=verify-full`);
  const caCertificates = await caCertificatesFor(host, parameters.get('sslrootcert'));
  return { rejectUnauthorized: true, ...(caCertificates === undefined ? {} : { ca: caCertificates }) };
}

/** PEM of whom to trust; undefined: whom Node trusts. As for libpq, the authorities of a file are the only ones. */
async function caCertificatesFor(host: string, file: string | null): Promise<string[] | undefined> {
  if (file !== null && file !== 'system') return [await readCaFile(file)];
  const rds = await rdsCaCertificates(host);
  // Node takes `ca` in place of its own roots, not besides them.
  return rds.length === 0 ? undefined : [...rootCertificates, ...rds];
}

/** node-postgres' own `ssl=...`, for which libpq has `sslmode`. */
function modeOf(ssl: string | null): string | undefined {
  if (ssl === null) return undefined;
  return ssl === 'false' || ssl === '0' ? 'disable' : 'verify-full';
}

async function readCaFile(path: string): Promise<string> {
  const pem = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw refused(`names sslrootcert=${path}, which cannot be read`, cause);
  });
  // Node would pass over a file without one, and then trust nobody.
  if (!holdsCertificate(pem)) throw refused(`names sslrootcert=${path}, which is no certificate in PEM`);
  return pem;
}

function holdsCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function refused(why: string, cause?: unknown): AppError {
  return new AppError(
    503,
    'database_unavailable',
    `DATABASE_URL ${why}.`,
    'Correct it (on AWS: the database secret).',
    { cause },
  );
}
