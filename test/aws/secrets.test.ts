import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { SecretSource } from '../../shared/config.ts';
import { SECRET_PLACEHOLDER } from '../../shared/contract.ts';
import { createSecrets } from '../../shared/secrets/secrets.ts';
import { type AwsStandIn, startAwsStandIn } from '../support/aws-stand-in.ts';

const KEY: SecretSource = { kind: 'arn', arn: 'arn:aws:key', variable: 'RETELL_API_KEY_SECRET_ARN' };
const DATABASE: SecretSource = { kind: 'arn', arn: 'arn:aws:database', variable: 'DATABASE_SECRET_ARN' };
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
  test('is read once in five minutes, however many ask', async () => {
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

  test('that its user refused is read again at once', async () => {
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
  ] as const)('is served from memory while Secrets Manager is %s, and not asked for every time', async (_, fault) => {
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
  ] as const)('that was never read is there although Secrets Manager is %s twice', async (_, fault) => {
    aws.secrets.set(KEY.arn, 'key_one');
    aws.nextFaults.push(fault, fault);
    expect(await secrets().read(KEY)).toBe('key_one');
    expect(aws.calls).toHaveLength(3);
  });

  test('that was never read is missing while Secrets Manager is throttled, and there once it answers', async () => {
    aws.secrets.set(KEY.arn, 'key_one');
    aws.fault = { kind: 'error', type: 'ThrottlingException' };
    const store = secrets();
    await expect(store.read(KEY)).rejects.toMatchObject({ status: 503, code: 'secret_unavailable' });
    aws.fault = null;
    expect(await store.read(KEY)).toBe('key_one');
  });

  test('that was taken away is not served from memory', async () => {
    aws.secrets.set(KEY.arn, 'key_one');
    const store = secrets();
    await store.read(KEY);
    aws.secrets.clear();
    now = 5 * MINUTE;
    await expect(store.read(KEY)).rejects.toMatchObject({ code: 'secret_unavailable' });
  });
});

describe('what stands in it', () => {
  test.each([
    ['text', KEY, ' key_one\n', 'key_one'],
    ['JSON', KEY, '{"api_key":"key_one"}', 'key_one'],
    ['a URL', DATABASE, 'postgres://u:p@db.example:5432/app', 'postgres://u:p@db.example:5432/app'],
    [
      "RDS's JSON",
      DATABASE,
      JSON.stringify({
        host: 'h',
        port: 5432,
        username: 'u@x',
        password: 'p@:/ %?#',
        dbname: 'a b',
        engine: 'postgres',
      }),
      'postgres://u%40x:p%40%3A%2F%20%25%3F%23@h:5432/a%20b',
    ],
  ] as const)('may be %s', async (_, source, text, expected) => {
    aws.secrets.set(source.arn, text);
    expect(await secrets().read(source)).toBe(expected);
  });

  test.each([
    ['nothing', KEY, ' '],
    ['the placeholder', KEY, SECRET_PLACEHOLDER],
    ['the placeholder in JSON', KEY, JSON.stringify({ api_key: SECRET_PLACEHOLDER })],
    ['JSON without the key', KEY, '{"key":"key_secret"}'],
    ['broken JSON', DATABASE, '{"host":"h","password":"key_secret"'],
    ['JSON without a host', DATABASE, '{"username":"u","password":"key_secret"}'],
    ['not a URL', DATABASE, 'mysql://u:key_secret@h/d'],
  ] as const)('must not be %s, and the error shows none of it', async (_, source, text) => {
    aws.secrets.set(source.arn, text);
    const error: unknown = await secrets()
      .read(source)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 503, code: 'secret_unavailable' });
    expect(String(error)).toContain(source.variable);
    expect(String(error)).toContain(source.arn);
    expect(JSON.stringify([String(error), error])).not.toContain('key_secret');
  });

  test('is hidden in its parts as well', async () => {
    aws.secrets.set(DATABASE.arn, 'postgres://u:p%40ss@h:5432/d');
    aws.secrets.set(KEY.arn, 'key_one, key_two');
    const store = secrets();
    await store.read(DATABASE);
    await store.read(KEY);
    expect(store.known()).toEqual(expect.arrayContaining(['p@ss', 'key_one', 'key_two']));
  });
});
