/** TLS to a real Postgres, through the system's own connections. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { migrate } from '../../../shared/db/migrate.ts';
import { createDatabase } from '../../../shared/db/pool.ts';
import { type Certificate, createCa, issueCertificate } from '../../support/ca.ts';
import { startPostgresProxy } from '../../support/postgres-proxy.ts';
import { startTlsPostgres, type TlsPostgres } from '../../support/tls-postgres.ts';

let home: string;
let ours: Certificate;
let theirs: Certificate;
let server: TlsPostgres;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ca-'));
  [ours, theirs, server] = await Promise.all([createCa('Ours'), createCa('Theirs'), startTlsPostgres()]);
  await writeFile(join(home, 'ours.crt'), ours.certificate);
});
afterAll(async () => {
  await server.stop();
  await rm(home, { recursive: true });
});

/** A connection string that requests TLS in this way, with our CA unless `parameters` has another. */
function urlFor(parameters: Readonly<Record<string, string>> = { sslmode: 'verify-full' }): string {
  const url = new URL(server.url);
  url.search = new URLSearchParams({ sslrootcert: join(home, 'ours.crt'), ...parameters }).toString();
  return url.href;
}

const USED = 'select ssl, version from pg_stat_ssl where pid = pg_backend_pid()';

async function ask(url: string, sql = USED): Promise<unknown[]> {
  const database = createDatabase({ connectionString: async () => url, maxConnections: 1, applicationName: 'tls' });
  try {
    return await database.query(sql);
  } finally {
    await database.close();
  }
}

/** The two kinds of connection. */
const WAYS = [
  ['a statement', (url: string) => ask(url)],
  ['a migration', (url: string) => migrate(url)],
] as const;

const MODES = [{ sslmode: 'require' }, { sslmode: 'verify-ca' }, { sslmode: 'verify-full' }, { ssl: 'true' }];

describe('a server whose certificate is signed by the named CA', () => {
  beforeAll(async () => server.present(await issueCertificate(ours, 'localhost')));

  test.each(MODES)('is reached by TLS with %j', async (mode) => {
    expect(await ask(urlFor(mode))).toEqual([{ ssl: true, version: 'TLSv1.3' }]);
  });

  test('is migrated by TLS', async () => {
    const logged = await server.logging();
    expect(await migrate(urlFor(), { createTable: true })).toContain('0001-interviewer');
    expect(await logged('connection authorized')).toMatch(/application_name=voice-agent-sync-migrate SSL enabled/);
  });

  test('is refused if its CA is not named', async () => {
    const refused = ask(urlFor({ sslmode: 'verify-full', sslrootcert: 'system' }));
    await expect(refused).rejects.toMatchObject({
      code: 'database_unavailable',
      hint: expect.stringContaining('sslrootcert='),
    });
  });
});

test('a server that requests a client certificate gets that of sslcert and sslkey', async () => {
  const client = await issueCertificate(ours, 'voice-agent-sync');
  const [sslcert, sslkey] = [join(home, 'client.crt'), join(home, 'client.key')];
  await writeFile(sslcert, client.certificate);
  await writeFile(sslkey, client.key);
  // The server's user must be able to read the CA of the clients.
  await chmod(home, 0o755);
  await ask(urlFor(), `alter system set ssl_ca_file = '${join(home, 'ours.crt')}'`);
  await server.present(await issueCertificate(ours, 'localhost'));
  const dn = 'select client_dn from pg_stat_ssl where pid = pg_backend_pid()';
  expect(await ask(urlFor({ sslmode: 'verify-full', sslcert, sslkey }), dn)).toEqual([
    { client_dn: '/CN=voice-agent-sync' },
  ]);
  expect(await ask(urlFor({ sslmode: 'verify-full', ssl_max_protocol_version: 'TLSv1.2' }))).toEqual([
    { ssl: true, version: 'TLSv1.2' },
  ]);
  await ask(urlFor(), 'alter system reset ssl_ca_file');
});

test.each(['prefer', 'require'])('a password is bound to the connection with channel_binding=%s', async (binding) => {
  await server.present(await issueCertificate(ours, 'localhost'));
  const parameters = { sslmode: 'verify-full', channel_binding: binding };
  expect(await ask(urlFor(parameters))).toEqual([{ ssl: true, version: 'TLSv1.3' }]);
});

describe.each(WAYS)('%s', (_, use) => {
  test.each([
    ['of another CA', () => issueCertificate(theirs, 'localhost'), /name its CA with sslrootcert=/],
    ['of no CA', async () => theirs, /name its CA with sslrootcert=/],
    ['for another host', () => issueCertificate(ours, 'db.example.com'), /name the server in DATABASE_URL .* as its/],
    ['that has expired', () => issueCertificate(ours, 'localhost', [-2, -1]), /has expired: renew it/],
    ['of tomorrow', () => issueCertificate(ours, 'localhost', [1, 2]), /compare the clocks/],
  ])('[D19] refuses a certificate %s, however TLS is requested, and sends nothing', async (_, certificate, hint) => {
    await server.present(await certificate());
    for (const mode of MODES) {
      const logged = await server.logging();
      const url = urlFor(mode);
      const error = await use(url).catch((error: unknown) => error);
      expect(error).toMatchObject({
        status: 503,
        code: 'database_unavailable',
        message: expect.stringMatching(
          /^The certificate of the database server is not accepted \(user postgres, database postgres at localhost:\d+\): [A-Z_]+\.$/,
        ),
        hint: expect.stringMatching(hint),
      });
      // A connection that sent its user would be logged as refused or authenticated.
      expect(await logged('could not accept SSL connection')).not.toMatch(/FATAL|authenticat|authoriz/);
    }
  });

  test.each(MODES)('[D19] refuses a server without TLS, which learns only that %j was requested', async (mode) => {
    await server.present(null);
    const sent: Buffer[] = [];
    const proxy = await startPostgresProxy(urlFor(mode), (client, database) => {
      client.on('data', (data) => sent.push(data));
      client.pipe(database).pipe(client);
    });
    const error = await use(proxy.url).catch((error: unknown) => error);
    await proxy.close();
    expect(error).toMatchObject({
      status: 503,
      code: 'database_unavailable',
      message: expect.stringMatching(
        /^The database cannot be reached \(.*\): The server does not support SSL connections\.$/,
      ),
      hint: expect.stringMatching(/^Turn TLS on at the server/),
    });
    // SSLRequest: its length, and its code in place of a version.
    expect(Buffer.concat(sent).toString('hex')).toBe('0000000804d2162f');
  });
});
