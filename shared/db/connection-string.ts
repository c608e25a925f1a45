/** The two forms of a connection string that libpq reads, as parameters with libpq's names, and back to a URL. */

/** By libpq's names, such as `host` and `dbname`; values are decoded. */
export type ConnectionParameters = ReadonlyMap<string, string>;

type ParsedConnectionString =
  | { readonly ok: true; readonly parameters: ConnectionParameters }
  /** `why` completes a sentence that begins with the name of the string, and shows nothing of it that may be secret. */
  | { readonly ok: false; readonly why: string };

const FORM = 'postgres://user:password@host:5432/database';

/** Its message is the `why` of the result. */
class MalformedString extends Error {}

/** Parses `postgres://...` and `host=... dbname=...`. Does not decide whether the parameters can be used. */
export function parseConnectionString(text: string): ParsedConnectionString {
  try {
    const trimmed = text.trim();
    const [scheme] = /^postgres(ql)?:\/\//i.exec(trimmed) ?? [];
    if (scheme !== undefined) return { ok: true, parameters: parseUrl(trimmed.slice(scheme.length)) };
    if (/^[a-z_]+\s*=/.test(trimmed)) return { ok: true, parameters: parseKeywords(trimmed) };
    return { ok: false, why: unknownForm(trimmed) };
  } catch (error) {
    if (error instanceof MalformedString) return { ok: false, why: error.message };
    throw error;
  }
}

/** Shows nothing of the text, which may be just a password. */
function unknownForm(text: string): string {
  if (/^["'`]/.test(text)) return 'begins with a quotation mark; leave the quotation marks out';
  if (/^psql\s/.test(text)) return 'begins with the command psql; give what follows it, without quotation marks';
  return `is not of the form ${FORM}`;
}

/** A URL that has these parameters, with credentials where redaction looks for them. */
export function formatConnectionString(parameters: ConnectionParameters): string {
  const part = (name: string) => encodeURIComponent(parameters.get(name) ?? '');
  const others = [...parameters].filter(([name]) => !['user', 'password', 'dbname'].includes(name));
  const query = others.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return `postgres://${part('user')}:${part('password')}@/${part('dbname')}?${query}`;
}

/** Parses what follows the scheme. URL would refuse several hosts, and end the password at a #. */
function parseUrl(rest: string): ConnectionParameters {
  const { credentials, server, path, query } = partsOf(rest);
  const parameters = new Map<string, string>();
  const [user = '', ...password] = credentials.split(':');
  set(parameters, 'user', decoded(user));
  set(parameters, 'password', decoded(password.join(':')));
  addServer(parameters, server);
  if (/[/@]/.test(path)) throw new MalformedString(`has a / or an @ in the database's name; ${ENCODE}`);
  set(parameters, 'dbname', decoded(path));
  for (const [name, value] of pairsOf(query)) parameters.set(name, value);
  return parameters;
}

const ENCODE = 'in a password, write / as %2F, @ as %40, # as %23 and ? as %3F';

interface UrlParts {
  readonly credentials: string;
  readonly server: string;
  readonly path: string;
  readonly query: string;
}

function partsOf(rest: string): UrlParts {
  const slash = rest.indexOf('/');
  const beforePath = slash === -1 ? rest : rest.slice(0, slash);
  const at = lastAt(beforePath);
  const afterCredentials = at === -1 ? rest : rest.slice(at + 1);
  const [, server = '', path = '', query = ''] = /^([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(afterCredentials) ?? [];
  return { credentials: at === -1 ? '' : rest.slice(0, at), server, path, query };
}

/** The @ that ends the credentials: the last one before the query, because people leave it unencoded in passwords. */
function lastAt(beforePath: string): number {
  const first = beforePath.indexOf('@');
  const query = beforePath.indexOf('?', first);
  return first === -1 || query === -1 ? beforePath.lastIndexOf('@') : beforePath.lastIndexOf('@', query);
}

/** `host:port`, `[::1]:port`, or several with commas, as libpq accepts them. */
function addServer(parameters: Map<string, string>, server: string): void {
  const servers = server.split(',').map((one) => /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(one));
  if (servers.includes(null)) throw new MalformedString('has a host that cannot be read; write an IPv6 address in [ ]');
  const hosts = servers.map((found) => decoded((found?.[1] ?? '').replace(/^\[(.*)\]$/, '$1')));
  const ports = servers.map((found) => found?.[2] ?? '');
  set(parameters, 'host', hosts.join(','));
  set(parameters, 'port', [...new Set(ports)].join(','));
}

function pairsOf(query: string): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const pair of query.split('&').filter((part) => part !== '')) {
    const [name = '', ...value] = pair.split('=');
    // Shown only if it cannot be part of a password with an unencoded ? in it.
    if (!/^[A-Za-z_]+$/.test(name) || value.length === 0)
      throw new MalformedString(`has parameters that are not of the form name=value&name=value; ${ENCODE}`);
    if (pairs.has(name)) throw new MalformedString(`has the parameter ${name} twice`);
    pairs.set(name, decoded(value.join('=')));
  }
  return pairs;
}

/** `name = value`, separated by blanks; a value may be in single quotes, and \ escapes the next character. */
function parseKeywords(text: string): ConnectionParameters {
  const parameters = new Map<string, string>();
  const pair = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/gsy;
  let end = 0;
  for (const [whole, name = '', quoted, plain = ''] of text.matchAll(pair)) {
    if (parameters.has(name)) throw new MalformedString(`has the parameter ${name} twice`);
    parameters.set(name, (quoted ?? plain).replaceAll(/\\(.)/gs, '$1'));
    end += whole.length;
  }
  if (text.slice(end).trim() !== '') throw new MalformedString("is not of the form name=value name='value'");
  return parameters;
}

function set(parameters: Map<string, string>, name: string, value: string): void {
  if (value !== '') parameters.set(name, value);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Without a cause: its message would contain the text, which may be the password.
    throw new MalformedString('has a % that begins no code of a character; write it as %25');
  }
}
