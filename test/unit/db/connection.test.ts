import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
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

describe('[S56] encryption', () => {
  const file = join(tmpdir(), `ca-${process.pid}.crt`);
  afterAll(() => rm(file, { force: true }));

  test.each([
    'postgres://u:p@localhost/d',
    'postgres://u:p@127.0.0.1/d?sslmode=disable',
    'postgres://u:p@[::1]/d',
    'postgres:///d?host=/var/run/postgresql',
  ])('%s: none is needed on this machine', async (url) => {
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
    'postgres://u:hidden@db.example.com/d?ssl=no-verify',
    'postgres://u:hidden@db.example.com/d?ssl=false',
    'postgres://u:hidden@db.example.com/d?sslmode=require&rejectUnauthorized=false',
    'postgres://u:hidden@db.example.com/d?sslrootcert=/no/such/file',
    'postgres://u:100%hidden@localhost/d',
    'mysql://u:hidden@localhost/d',
    'postgres://u:hidden@localhost:port/d',
    'hidden',
    '',
  ])('[S39] %s: refused in one line that keeps the password', async (url) => {
    const error = await config(url).catch((error: unknown) => error);
    expect(error).toMatchObject({ status: 503, code: 'database_unavailable' });
    expect(String(error)).toMatch(/^AppError: DATABASE_URL [^\n]*$/);
    expect(String(error)).not.toContain('hidden');
  });

  test('[S41] the authority that a file names is the only one that is trusted', async () => {
    const [authority = ''] = rootCertificates;
    await writeFile(file, authority);
    const { ssl } = await config(`postgres://u:p@db.example.com/d?sslrootcert=${file}`);
    expect(ssl).toMatchObject({ rejectUnauthorized: true, ca: [authority] });
  });

  test('a file without a certificate is refused', async () => {
    await writeFile(file, '-----BEGIN NOTHING-----');
    const refused = config(`postgres://u:p@db.example.com/d?sslrootcert=${file}`);
    await expect(refused).rejects.toThrow(`sslrootcert=${file}, which is no certificate in PEM`);
  });
});
