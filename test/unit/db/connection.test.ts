import { rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, describe, expect, test } from '@jest/globals';
import { connectionConfig } from '../../../shared/db/connection.ts';

const config = (url: string) => connectionConfig(url, { applicationName: 'test' });

test('every part of the URL arrives, decoded', async () => {
  const url = 'postgresql://us%40er:p%2Fw%20d@[::1]:6543/my%20db?options=-c%20search_path%3Dapp';
  expect(await config(url)).toMatchObject({
    host: '::1',
    port: 6543,
    user: 'us@er',
    password: 'p/w d',
    database: 'my db',
    options: '-c search_path=app',
    application_name: 'test',
  });
});

describe('the forms that psql accepts', () => {
  const whole = { host: 'localhost', port: 5433, user: 'u', password: 'p', database: 'd' };

  test.each([
    ['user and password in front', 'postgres://u:p@localhost:5433/d', {}],
    ['everything as parameters', 'postgresql:///?host=localhost&port=5433&user=u&password=p&dbname=d', {}],
    [
      'parameters that win over what is in front',
      'postgres://x:y@other:1/z?host=localhost&port=5433&user=u&password=p&dbname=d',
      {},
    ],
    ['keywords and values', `host=localhost port=5433  user = u password='p' dbname=d`, {}],
    [
      'quotes and backslashes in keywords and values',
      String.raw`host=localhost port=5433 user=u dbname=d password='it\'s \\ a'`,
      { password: String.raw`it's \ a` },
    ],
    ['a password with unencoded characters', 'postgres://u:p@s#wd@localhost:5433/d', { password: 'p@s#wd' }],
    [
      'a password with a plus, which is no blank',
      'postgres://localhost:5433/d?user=u&password=a+b',
      { password: 'a+b' },
    ],
    [
      'a socket, with user and password',
      'postgres://u:p@/d?host=/var/run/postgresql&port=5433',
      { host: '/var/run/postgresql', ssl: false },
    ],
    ['a socket in place of the host', 'postgres://u:p@%2Fvar%2Frun:5433/d', { host: '/var/run' }],
  ])('%s', async (_, text, differing) => {
    expect(await config(text)).toMatchObject({ ...whole, ...differing });
  });

  test('the default user is the user of this machine', async () => {
    expect(await config('postgres:///d')).toMatchObject({ user: userInfo().username, host: 'localhost', port: 5432 });
  });
});

test('a function may return the password of each connection, instead of the connection string', async () => {
  const { password } = await connectionConfig('postgres://u:p@localhost:5433/d', {
    applicationName: 'test',
    password: async ({ hostname, port, username }) => `${username} at ${hostname}:${port}`,
  });
  expect(typeof password === 'function' && (await password())).toBe('u at localhost:5433');
});

test.each([
  ['"postgres://u:hidden@h/d"', 'begins with a quotation mark; leave the quotation marks out'],
  ["psql 'postgres://u:hidden@h/d'", 'begins with the command psql; give what follows it, without quotation marks'],
  ['DATABASE_URL=postgres://u:hidden@h/d', 'is not of the form postgres://user:password@host:5432/database'],
])('[F7] %s, as people paste it, is refused with what to leave out', async (text, why) => {
  await expect(config(text)).rejects.toMatchObject({ message: `DATABASE_URL ${why}.` });
});

describe('a parameter', () => {
  test.each([
    ['schema=My%20App', { schema: 'My App', searchPath: null }],
    ['schema=a&options=-c%20geqo%3Doff', { schema: 'a', options: '-c geqo=off' }],
    ['options=-c%20search_path%3Da,b', { options: '-c search_path=a,b', searchPath: 'a,b' }],
    ['options=--search_path%3Da%20-c%20geqo%3Doff', { searchPath: 'a' }],
    ['options=-c%20geqo%3Doff', { options: '-c geqo=off', searchPath: null }],
    ['application_name=ours', { application_name: 'ours' }],
    ['connect_timeout=2', { connectionTimeoutMillis: 2_000 }],
    ['connect_timeout=0', { connectionTimeoutMillis: 5_000 }],
    ['connect_timeout=60', { connectionTimeoutMillis: 5_000 }],
    ['keepalives=0', { keepAlive: false }],
    ['keepalives_idle=30', { keepAlive: true, keepAliveInitialDelayMillis: 30_000 }],
    ['connection_limit=1', { max: 1 }],
    ['sslmode=prefer', { ssl: false }],
    ['sslmode=allow', { ssl: false }],
    ['sslmode=verify-full&channel_binding=require', { enableChannelBinding: true, ssl: { rejectUnauthorized: true } }],
    ['sslmode=require&sslnegotiation=direct', { sslnegotiation: 'direct' }],
    ['sslmode=require&ssl_min_protocol_version=TLSv1.3', { ssl: { minVersion: 'TLSv1.3' } }],
    ['client_encoding=UTF8&gssencmode=prefer&target_session_attrs=read-write&pgbouncer=true', { database: 'd' }],
  ])('[F7] %s is used', async (parameters, expected) => {
    expect(await config(`postgres://u:p@localhost/d?${parameters}`)).toMatchObject(expected);
  });

  test.each([
    ['sslmod=require', 'has the parameter sslmod, which is not known (did you mean sslmode?)'],
    ['sslMode=require', 'has the parameter sslMode, which is not known (did you mean sslmode?)'],
    ['shema=foloup', 'has the parameter shema, which is not known (did you mean schema?)'],
    ['supa=base', 'has the parameter supa, which is not known: leave it out'],
    ['constructor=x', 'has the parameter constructor, which is not known: leave it out'],
    ['currentSchema=a', 'has the parameter currentSchema, which is not supported: use schema'],
    ['hostaddr=10.0.0.1', 'has the parameter hostaddr, which is not supported: name the server with host'],
    ['service=platform', 'has the parameter service, which is not supported: write out what the service file has'],
    ['passfile=/p', 'has the parameter passfile, which is not supported: give the password itself'],
    ['statement_timeout=5000', 'has the parameter statement_timeout, which is not supported: leave it out'],
    ['pool_timeout=20', 'has the parameter pool_timeout, which is not supported: leave it out'],
    ['require_auth=scram-sha-256', 'has the parameter require_auth, which is not supported: leave it out'],
    ['client_encoding=LATIN1', 'has client_encoding=LATIN1, which is not supported: leave it out'],
    ['gssencmode=require', 'has gssencmode=require, which is not supported: leave it out'],
    ['target_session_attrs=read-only', 'has target_session_attrs=read-only, which is not supported: leave it out'],
    ['connect_timeout=soon', 'has connect_timeout=soon, which is no whole number'],
    ['channel_binding=always', 'has channel_binding=always, but must have one of disable, prefer, require'],
    ['channel_binding=require', 'has channel_binding=require without TLS'],
    ['sslnegotiation=direct', 'has sslnegotiation=direct without TLS'],
    ['schema=a&options=-c%20search_path%3Db', 'names a schema twice, by schema and by options'],
    ['schema=a&schema=b', 'has the parameter schema twice'],
    ['host=a,b', 'names several hosts (a,b); name the primary, or a pooler in front of them'],
  ])('[F7] %s is refused by name', async (parameters, why) => {
    await expect(config(`postgres://u:p@localhost/d?${parameters}`)).rejects.toMatchObject({
      status: 503,
      code: 'database_unavailable',
      message: `DATABASE_URL ${why}.`,
    });
  });

  test('a connection string without a database is refused', async () => {
    await expect(config('postgres://u:p@localhost')).rejects.toThrow(/^DATABASE_URL names no database; write it after/);
  });

  test('[F7] of every other kind in libpq 18 is used or refused, never ignored', async () => {
    for (const name of LIBPQ) {
      const given = config(`postgres://u:p@localhost/d?sslmode=verify-full&${name}=no-value-of-this`);
      await expect(given).rejects.toThrow(new RegExp(`^DATABASE_URL (has|names) .*${name}`));
    }
  });
});

/** Parameters with a fixed set of values; all other values must be refused. */
const LIBPQ = `hostaddr passfile require_auth channel_binding connect_timeout client_encoding keepalives keepalives_idle
  keepalives_interval keepalives_count tcp_user_timeout replication gssencmode requiressl sslnegotiation
  sslcompression sslcert sslkey sslkeylogfile sslcertmode sslrootcert sslcrl sslcrldir sslsni requirepeer
  ssl_min_protocol_version ssl_max_protocol_version min_protocol_version max_protocol_version krbsrvname gsslib
  gssdelegation scram_client_key scram_server_key service servicefile target_session_attrs load_balance_hosts
  oauth_issuer oauth_client_id oauth_client_secret oauth_scope`.split(/\s+/);

describe('[S56] encryption', () => {
  const file = join(tmpdir(), `ca-${process.pid}.crt`);
  afterAll(() => rm(file, { force: true }));

  test.each([
    'postgres://u:p@localhost/d',
    'postgres://u:p@127.0.0.1/d?sslmode=disable',
    'postgres://u:p@[::1]/d',
    'postgres:///d?host=/var/run/postgresql',
  ])('%s: not required on this machine', async (url) => {
    expect(await config(url)).toMatchObject({ ssl: false });
  });

  test.each([
    'postgres://u:p@db.example.com/d',
    'postgres://u:p@db.example.com/d?sslmode=require',
    'postgres://u:p@db.example.com/d?sslmode=verify-full&sslrootcert=system',
    'postgres://u:p@db.example.com/d?sslmode=require&uselibpqcompat=true',
    'postgres://u:p@localhost/d?sslmode=verify-full',
    'postgres://u:p@localhost/d?ssl=true',
    'postgres://u:p@127.0.0.1.example.com/d',
  ])('[S38] %s: with a verified certificate', async (url) => {
    expect(await config(url)).toMatchObject({ ssl: { rejectUnauthorized: true } });
  });

  test.each([
    'postgres://u:hidden@db.example.com/d?sslmode=disable',
    'postgres://u:hidden@db.example.com/d?sslmode=no-verify',
    'postgres://u:hidden@localhost/d?sslmode=no-verify',
    'postgres://u:hidden@db.example.com/d?sslmode=prefer',
    'postgres://u:hidden@db.example.com/d?sslmode=allow',
    'postgres://u:hidden@db.example.com/d?ssl=no-verify',
    'postgres://u:hidden@db.example.com/d?ssl=false',
    'postgres://u:hidden@db.example.com/d?sslmode=require&rejectUnauthorized=false',
    'postgres://u:hidden@db.example.com/d?sslrootcert=/no/such/file',
    'postgres://u:100%hidden@localhost/d',
    'mysql://u:hidden@localhost/d',
    'postgres://u:hidden@localhost:port/d',
    'postgres://u:hidden/@localhost:5432/d',
    'postgres://u:12/hidden@localhost/d',
    'postgres://u:hidden@h1:1,h2:2/d',
    'postgres://u:hidden@localhost',
    'postgres://u:hidden@::1/d',
    'postgres://:hidden@db.example.com/d',
    'postgres://u:hidden@localhost/d?sslmode=verify-full&sslkey=/no/such/file',
    'postgres://u:hidden@localhost/d?sslmode=verify-full&sslcert=/no/such/file&sslkey=/no/such/file',
    'postgres://u:hidden@localhost/d?hidden',
    "host=localhost dbname=d password='hidden",
    'dbname=postgres://u:hidden@localhost/d',
    'host=localhost password=a password=hidden dbname=d',
    'postgresql+asyncpg://u:hidden@localhost/d',
    'jdbc:postgresql://localhost/d?user=u&password=hidden',
    'hidden',
    '',
  ])('[S39] %s: refused in one line that keeps the password', async (url) => {
    const error = await config(url).catch((error: unknown) => error);
    expect(error).toMatchObject({ status: 503, code: 'database_unavailable' });
    expect(String(error)).toMatch(/^AppError: DATABASE_URL [^\n]*$/);
    expect(String(error)).not.toContain('hidden');
  });

  test('[S41] with a CA file, only its CA is trusted', async () => {
    const [certificate = ''] = rootCertificates;
    await writeFile(file, certificate);
    const { ssl } = await config(`postgres://u:p@db.example.com/d?sslrootcert=${file}`);
    expect(ssl).toMatchObject({ rejectUnauthorized: true, ca: [certificate] });
  });

  test('a file without a certificate is refused', async () => {
    await writeFile(file, '-----BEGIN NOTHING-----');
    const refused = config(`postgres://u:p@db.example.com/d?sslrootcert=${file}`);
    await expect(refused).rejects.toThrow(`sslrootcert=${file}, which is no certificate in PEM`);
  });
});
