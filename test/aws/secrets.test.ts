import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { SecretSource, StoredSecret } from '../../shared/config.ts';
import { SECRET_PLACEHOLDER } from '../../shared/contract.ts';
import { type ConnectionConfig, connectionConfig } from '../../shared/db/connection.ts';
import { createSecrets } from '../../shared/secrets/secrets.ts';
import { type AwsStandIn, startAwsStandIn } from '../support/aws-stand-in.ts';

const KEY: SecretSource = { kind: 'arn', arn: 'arn:aws:key', variable: 'RETELL_API_KEY_SECRET_ARN' };
const DATABASE: StoredSecret = {
  kind: 'arn',
  arn: 'arn:aws:secretsmanager:eu-central-1:1:secret:platform-AbCdEf',
  variable: 'DATABASE_SECRET_ARN',
  database: new Map(),
};
const MANAGED: StoredSecret = { ...DATABASE, arn: 'arn:aws:secretsmanager:eu-central-1:1:secret:rds!db-1-AbCdEf' };
/** The database's address in a deployment's settings, such as `database.name`. */
const withSettings = (source: StoredSecret, settings: Readonly<Record<string, string>>): StoredSecret => ({
  ...source,
  database: new Map(Object.entries(settings)),
});
const MINUTE = 60_000;

let aws: AwsStandIn;
let now = 0;
const stale: string[] = [];
const secrets = () => createSecrets({ clock: () => now, onStale: (arn) => stale.push(arn) });

beforeAll(async () => {
  aws = await startAwsStandIn();
  Object.assign(process.env, aws.environment);
});
beforeEach(() => {
  now = 0;
  aws.fault = null;
  aws.nextFaults.length = 0;
  aws.secrets.clear();
  aws.calls.length = 0;
  stale.length = 0;
});
afterAll(() => aws.close());

describe('a secret', () => {
  test('[S80] is read once in five minutes, however often it is used', async () => {
    aws.secrets.set(KEY.arn, 'key_one');
    const store = secrets();
    expect(await Promise.all([store.read(KEY), store.read(KEY), store.read(KEY)])).toEqual(Array(3).fill('key_one'));
    now = 5 * MINUTE - 1;
    await store.read(KEY);
    expect(aws.calls).toHaveLength(1);
    aws.secrets.set(KEY.arn, 'key_two');
    now += 1;
    expect(await store.read(KEY)).toBe('key_two');
    expect(aws.calls).toHaveLength(2);
  });

  test('that was refused is read again at once', async () => {
    aws.secrets.set(KEY.arn, 'key_one');
    const store = secrets();
    await store.read(KEY);
    aws.secrets.set(KEY.arn, 'key_two');
    await Promise.all([store.refresh(KEY), store.refresh(KEY)]);
    expect(await store.read(KEY)).toBe('key_two');
    expect(aws.calls).toHaveLength(2);
    expect(store.known()).toEqual(expect.arrayContaining(['key_one', 'key_two']));
  });

  test.each([
    ['throttled', { kind: 'error', type: 'ThrottlingException' }],
    ['failing', { kind: 'error', type: 'InternalServiceError', status: 500 }],
    ['silent', { kind: 'hang' }],
  ] as const)('[L8] is served from memory while Secrets Manager is %s, without a call each time', async (_, fault) => {
    aws.secrets.set(KEY.arn, 'key_one');
    const store = secrets();
    await store.read(KEY);
    aws.fault = fault;
    now = 5 * MINUTE;
    const began = performance.now();
    expect(await store.read(KEY)).toBe('key_one');
    expect(performance.now() - began).toBeLessThan(3_500);
    expect(stale).toEqual([KEY.arn]);
    const calls = aws.calls.length;
    await store.read(KEY);
    expect(aws.calls).toHaveLength(calls);
    aws.fault = null;
    aws.secrets.set(KEY.arn, 'key_two');
    now += MINUTE;
    expect(await store.read(KEY)).toBe('key_two');
  });

  test.each([
    ['throttled', { kind: 'error', type: 'ThrottlingException' }],
    ['failing', { kind: 'error', type: 'InternalServiceError', status: 500 }],
  ] as const)('that was never read is available although Secrets Manager is %s twice', async (_, fault) => {
    aws.secrets.set(KEY.arn, 'key_one');
    aws.nextFaults.push(fault, fault);
    expect(await secrets().read(KEY)).toBe('key_one');
    expect(aws.calls).toHaveLength(3);
  });

  test('that was never read is unavailable while Secrets Manager throttles, and available once it responds', async () => {
    aws.secrets.set(KEY.arn, 'key_one');
    aws.fault = { kind: 'error', type: 'ThrottlingException' };
    const store = secrets();
    await expect(store.read(KEY)).rejects.toMatchObject({ status: 503, code: 'secret_unavailable' });
    aws.fault = null;
    expect(await store.read(KEY)).toBe('key_one');
  });

  test('that was deleted is not served from memory', async () => {
    aws.secrets.set(KEY.arn, 'key_one');
    const store = secrets();
    await store.read(KEY);
    aws.secrets.clear();
    now = 5 * MINUTE;
    await expect(store.read(KEY)).rejects.toMatchObject({ code: 'secret_unavailable' });
  });
});

describe('a key', () => {
  test.each([
    ['text', ' key_one\n'],
    ['JSON', '{"api_key":"key_one"}'],
    ['JSON with a name of its own', '{"RETELL_API_KEY":"key_one","note":"of the team"}'],
    ['the only value of JSON, whatever it is called', '{"retell":"key_one"}'],
  ])('a key may be %s', async (_, text) => {
    aws.secrets.set(KEY.arn, text);
    expect(await secrets().read(KEY)).toBe('key_one');
  });

  test.each([
    ['nothing', ' ', 'holds no value yet'],
    ['the placeholder', SECRET_PLACEHOLDER, 'holds no value yet'],
    ['the placeholder in JSON', JSON.stringify({ api_key: SECRET_PLACEHOLDER }), 'holds no value yet'],
    [
      'one of several values of JSON',
      '{"one":"key_secret","other":"key_secret"}',
      'has several keys, none of which is api_key',
    ],
    ['broken JSON', '{"api_key":"key_secret"', 'is not JSON of keys and texts, although it begins with {'],
  ])('a key that is %s is refused, and the error shows none of it', async (_, text, why) => {
    aws.secrets.set(KEY.arn, text);
    const error = await errorOf(KEY);
    expect(error).toMatchObject({
      status: 503,
      code: 'secret_unavailable',
      message: `The secret in ${KEY.variable} (${KEY.arn}) ${why}.`,
      hint: expect.stringContaining(`put-secret-value --secret-id ${KEY.arn}`),
    });
    expect(JSON.stringify([String(error), error])).not.toContain('key_secret');
  });
});

async function errorOf(source: SecretSource): Promise<unknown> {
  return await secrets()
    .read(source)
    .catch((thrown: unknown) => thrown);
}

/** The connection for the value of the secret. */
async function connection(source: StoredSecret, text: string): Promise<ConnectionConfig> {
  aws.secrets.set(source.arn, text);
  return await connectionConfig(await secrets().read(source), { applicationName: 'test' });
}

describe('a secret of the database', () => {
  const PASSWORD = 'p@:/ %?#';
  const expected = { host: 'localhost', port: 5433, user: 'u@x', password: PASSWORD, database: 'a b' };
  const fields = { host: 'localhost', port: 5433, password: PASSWORD };
  const url = `postgres://u%40x:${encodeURIComponent(PASSWORD)}@localhost:5433/a%20b`;

  test.each([
    ['a URL', url],
    [
      "RDS's JSON",
      JSON.stringify({ ...fields, username: 'u@x', dbname: 'a b', engine: 'postgres', dbInstanceIdentifier: 'x' }),
    ],
    ['JSON with `database` in place of `dbname`', JSON.stringify({ ...fields, username: 'u@x', database: 'a b' })],
    [
      'JSON with names of its own',
      JSON.stringify({ hostname: 'localhost', PORT: '5433', user: 'u@x', pass: PASSWORD, db: 'a b' }),
    ],
    [
      'JSON with names of an environment',
      JSON.stringify({ DB_HOST: 'localhost', DB_PORT: '5433', DB_USER: 'u@x', DB_PASSWORD: PASSWORD, DB_NAME: 'a b' }),
    ],
    [
      'JSON with names of an image',
      JSON.stringify({
        POSTGRES_HOST: 'localhost',
        POSTGRES_PORT: '5433',
        POSTGRES_USER: 'u@x',
        POSTGRES_PASSWORD: PASSWORD,
        POSTGRES_DB: 'a b',
      }),
    ],
    ['JSON with a URL', JSON.stringify({ DATABASE_URL: url })],
    ['JSON with a URL and the same in parts', JSON.stringify({ url, username: 'u@x' })],
    ['keywords and values', `host=localhost port=5433 user=u@x password='${PASSWORD}' dbname='a b'`],
  ])('[F8] a secret of the database may be %s', async (_, text) => {
    expect(await connection(DATABASE, text)).toMatchObject(expected);
  });

  test('a secret from the AWS console, without a database name, is completed by a setting', async () => {
    const text = JSON.stringify({ ...fields, username: 'u@x', engine: 'postgres', dbInstanceIdentifier: 'platform' });
    expect(await connection(withSettings(DATABASE, { dbname: 'a b' }), text)).toMatchObject(expected);
    expect(await errorOf(DATABASE)).toMatchObject({
      message: `The secret in DATABASE_SECRET_ARN (${DATABASE.arn}) names no database.`,
      hint: "Add dbname to it, or set DATABASE_NAME (on AWS: the deployment's settings).",
    });
  });

  test('[F8] an RDS-managed secret, with user and password only, is completed by settings', async () => {
    const text = JSON.stringify({ username: 'u@x', password: PASSWORD });
    const settings = { host: 'localhost', port: '5433', dbname: 'a b' };
    expect(await connection(withSettings(MANAGED, settings), text)).toMatchObject(expected);
    expect(await errorOf(MANAGED)).toMatchObject({
      message: `The secret in DATABASE_SECRET_ARN (${MANAGED.arn}) names no host.`,
      hint: "Leave it as it is, because RDS manages it, and set DATABASE_HOST (on AWS: the deployment's settings).",
    });
  });

  test('settings take precedence over a secret of the database', async () => {
    const text = JSON.stringify({ host: 'instance', username: 'u', password: 'p', dbname: 'd' });
    const settings = { host: 'localhost', schema: 'foloup' };
    const given = await connection(withSettings(DATABASE, settings), text);
    expect(given).toMatchObject({ host: 'localhost', schema: 'foloup' });
  });

  test.each([
    ['broken JSON', '{"host":"h","password":"key_secret"', 'is not JSON, although it begins with {'],
    ['JSON without a host', '{"username":"u","password":"key_secret"}', 'names no host'],
    ['JSON without a user', '{"host":"h","password":"key_secret","dbname":"d"}', 'names no user'],
    ['JSON without a password', '{"host":"h","username":"u","dbname":"d"}', 'names no password'],
    ['JSON without a database', '{"host":"h","username":"u","password":"key_secret"}', 'names no database'],
    ['a URL without a database', 'postgres://u:key_secret@h', 'names no database'],
    [
      'of another engine',
      '{"engine":"mysql","host":"h","password":"key_secret"}',
      'is of another engine than Postgres',
    ],
    ['contradictory', '{"dbname":"a","database":"b","password":"key_secret"}', 'names two values for dbname'],
    [
      'a URL with an unknown parameter',
      'postgres://u:key_secret@h/d?shema=x',
      'has the parameter shema, which is not known (did you mean schema?)',
    ],
    ['not a URL', 'mysql://u:key_secret@h/d', 'is not of the form postgres://user:password@host:5432/database'],
  ])('a secret of the database that is %s is refused, and the error shows none of it', async (_, text, why) => {
    aws.secrets.set(DATABASE.arn, text);
    const error = await errorOf(DATABASE);
    expect(error).toMatchObject({
      status: 503,
      code: 'secret_unavailable',
      message: `The secret in DATABASE_SECRET_ARN (${DATABASE.arn}) ${why}.`,
    });
    expect(JSON.stringify([String(error), error])).not.toContain('key_secret');
  });

  test.each([
    '',
    SECRET_PLACEHOLDER,
    'mysql://h/d',
    '{"host":"h"}',
    '{',
    '{"username":"u","password":"p"}',
    'postgres://u:p@h/d?x=y',
  ])('[F8] no hint advises changing an RDS-managed secret: %j', async (text) => {
    aws.secrets.set(MANAGED.arn, text);
    expect(JSON.stringify(await errorOf(MANAGED))).not.toMatch(/put-secret-value|Write it|Add /);
    // A secret of user and password alone counts as managed, whatever its name is.
    aws.secrets.set(DATABASE.arn, '{"username":"u","password":"p"}');
    expect(await errorOf(DATABASE)).toMatchObject({ hint: expect.stringMatching(/^Leave it as it is/) });
  });
  test('the password in a secret and each of several keys are redacted', async () => {
    aws.secrets.set(DATABASE.arn, 'postgres://u:p%40ss@h:5432/d');
    aws.secrets.set(KEY.arn, 'key_one, key_two');
    const store = secrets();
    await store.read(DATABASE);
    await store.read(KEY);
    expect(store.known()).toEqual(expect.arrayContaining(['p@ss', 'key_one', 'key_two']));
  });

  test('the password of DATABASE_URL is redacted, unless it equals the user and is a common word', async () => {
    const store = secrets();
    await store.read({ kind: 'value', value: 'postgres://u:p%40ss-word@h/d' });
    await store.read({ kind: 'value', value: 'postgres://postgres:postgres@h/d' });
    expect(store.known()).toContain('p@ss-word');
    expect(store.known()).not.toContain('postgres');
  });
});
