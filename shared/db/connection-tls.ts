/**
 * TLS to the database. Decided here and not by pg, in which a parameter can turn off the verification of the
 * certificate.
 */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type ConnectionOptions, rootCertificates, type SecureVersion } from 'node:tls';
import type { HonoredParameter } from './connection-parameters.ts';
import { refusedConnection } from './database-error.ts';
import { rdsCaCertificates } from './rds-ca.ts';

export type Parameter = (name: HonoredParameter) => string | undefined;

const VERIFYING_MODES: ReadonlySet<string> = new Set(['require', 'verify-ca', 'verify-full']);

/** Whether the host is this machine, by network or socket. */
export function isLocal(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1|\/.*)$/.test(host);
}

/** Beyond this machine the connection is always encrypted, and the server's certificate always verified. */
export async function tlsOptions(host: string, parameter: Parameter): Promise<false | ConnectionOptions> {
  if (modeOf(host, parameter) === 'disable') return false;
  const ca = await caCertificatesFor(host, parameter('sslrootcert'));
  return {
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
    ...(await clientCertificate(parameter)),
    ...versions(parameter),
  };
}

function modeOf(host: string, parameter: Parameter): 'disable' | 'verify-full' {
  const ssl = parameter('ssl');
  const mode = parameter('sslmode') ?? modeOfSsl(ssl) ?? (isLocal(host) ? 'disable' : 'verify-full');
  if (ssl === 'no-verify' || parameter('rejectUnauthorized') === 'false')
    throw refusedConnection('turns the verification of the certificate off, which is not accepted');
  if (mode === 'disable') {
    if (isLocal(host)) return mode;
    throw refusedConnection(`turns encryption off, which is only accepted on this machine, not for ${host}`);
  }
  // libpq also connects without TLS if the server has none; this is allowed on this machine.
  if (isLocal(host) && (mode === 'prefer' || mode === 'allow')) return 'disable';
  if (!VERIFYING_MODES.has(mode)) throw refusedConnection(`has sslmode=${mode}; use sslmode=verify-full`);
  if (host.startsWith('/')) throw refusedConnection('asks for TLS over a socket, which Postgres does not have');
  return 'verify-full';
}

/** The `ssl=...` of node-postgres, as libpq's `sslmode`. */
function modeOfSsl(ssl: string | undefined): string | undefined {
  if (ssl === undefined) return undefined;
  return ssl === 'false' || ssl === '0' ? 'disable' : 'verify-full';
}

/** CA certificates in PEM; undefined: Node's own. As with libpq, those of a file replace all others. */
async function caCertificatesFor(host: string, file: string | undefined): Promise<string[] | undefined> {
  if (file !== undefined && file !== 'system') return [await readCertificate('sslrootcert', file)];
  const rds = await rdsCaCertificates(host);
  // Node takes `ca` in place of its own root certificates, so they are included.
  return rds.length === 0 ? undefined : [...rootCertificates, ...rds];
}

async function clientCertificate(
  parameter: Parameter,
): Promise<Pick<ConnectionOptions, 'cert' | 'key' | 'passphrase'>> {
  const [certificate, key, passphrase] = [parameter('sslcert'), parameter('sslkey'), parameter('sslpassword')];
  if (certificate === undefined && key === undefined) return {};
  if (certificate === undefined) throw refusedConnection('names sslkey without sslcert');
  if (key === undefined) throw refusedConnection('names sslcert without sslkey');
  return {
    cert: await readCertificate('sslcert', certificate),
    key: await readPem('sslkey', key),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

function versions(parameter: Parameter): Pick<ConnectionOptions, 'minVersion' | 'maxVersion'> {
  const least = version('ssl_min_protocol_version', parameter);
  const most = version('ssl_max_protocol_version', parameter);
  return { ...(least === undefined ? {} : { minVersion: least }), ...(most === undefined ? {} : { maxVersion: most }) };
}

const VERSIONS: readonly SecureVersion[] = ['TLSv1.2', 'TLSv1.3'];

function version(name: HonoredParameter, parameter: Parameter): SecureVersion | undefined {
  const value = parameter(name);
  const known = VERSIONS.find((one) => one === value);
  if (value !== undefined && known === undefined)
    throw refusedConnection(`has ${name}=${value}; use TLSv1.2 or TLSv1.3`);
  return known;
}

async function readCertificate(name: HonoredParameter, path: string): Promise<string> {
  const pem = await readPem(name, path);
  // Node ignores a file without a certificate, and then trusts no server.
  if (!holdsCertificate(pem)) throw refusedConnection(`names ${name}=${path}, which is no certificate in PEM`);
  return pem;
}

async function readPem(name: HonoredParameter, path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((cause: unknown) => {
    throw refusedConnection(`names ${name}=${path}, which cannot be read`, cause);
  });
}

function holdsCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
