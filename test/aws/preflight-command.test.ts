/** The commands `npm run preflight` and `npm run verify:deployed` without an account, and what the preflight reads. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { readAccountPlan } from '../../infra/aws/preflight/account-plan.ts';
import { addressIn } from '../../infra/aws/preflight/reach-checks.ts';
import { COMPILE_CACHE } from '../support/child-environment.ts';
import { CREDENTIALS, startEndpoint } from '../support/stub-endpoint.ts';

const PROJECT = join(import.meta.dirname, '..', '..');

test('reads the plan with a signed request, and says if it is refused', async () => {
  const free = await startEndpoint('{"accountPlanType":"FREE","accountPlanStatus":"ACTIVE"}');
  expect(await readAccountPlan({ ...CREDENTIALS, sessionToken: 'session' }, free.endpoint)).toBe('FREE');
  free.close();
  expect(free.received).toMatchObject([
    {
      headers: {
        'x-amz-target': 'AWSFreeTierService.GetAccountPlanState',
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-security-token': 'session',
        authorization: expect.stringMatching(
          /^AWS4-HMAC-SHA256 Credential=test\/\d{8}\/us-east-1\/freetier\/aws4_request/,
        ),
      },
      body: '{}',
    },
  ]);
  const refused = await startEndpoint('{}', 400);
  await expect(readAccountPlan(CREDENTIALS, refused.endpoint)).rejects.toThrow('GetAccountPlanState: status 400');
  refused.close();
});

/** Of a machine that has neither credentials nor a region. */
const NO_ACCOUNT = { ...COMPILE_CACHE, HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' };

async function runWithoutAccount(program: string, ...args: readonly string[]): Promise<unknown> {
  const run = promisify(execFile)(process.execPath, [join('infra', 'aws', program, 'main.ts'), ...args], {
    cwd: PROJECT,
    env: NO_ACCOUNT,
  });
  return await run.catch((error: unknown) => error);
}

test('without an account, the preflight fails in one finding that says what to set', async () => {
  expect(await runWithoutAccount('preflight', 'examples/own-postgres')).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^FAILED {3}account {2}AWS cannot be asked .*\n.*-> .*AWS_PROFILE.*AWS_REGION.*\n$/),
  });
}, 30_000);

test.each(['preflight', 'verify'])(
  '%s --help prints how to use it, and succeeds',
  async (program) => {
    expect(await runWithoutAccount(program, '--help')).toMatchObject({
      stdout: expect.stringMatching(/^Usage: npm run .*\n$/),
      stderr: '',
    });
  },
  30_000,
);

test.each([
  ['preflight', '--hlep'],
  ['verify', '--rotat'],
  ['verify', 'examples/own-postgres'],
])(
  '%s %s, without an account, says in one line what is missing',
  async (program, argument) => {
    expect(await runWithoutAccount(program, argument)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^(Usage: npm run |Unknown option |Region is missing: ).*\n$/),
    });
  },
  30_000,
);

const ADDRESS = { host: 'db.example', port: 5432 };

test.each([
  ['postgres://me:pass@db.example:6543/platform', {}, { ...ADDRESS, port: 6543 }],
  ['postgresql://me:pass@db.example/platform', {}, ADDRESS],
  ['host=db.example port=5433 user=me password=pass dbname=platform', {}, { ...ADDRESS, port: 5433 }],
  ['{"host":"db.example","port":"5433","username":"me","password":"x","dbname":"d"}', {}, { ...ADDRESS, port: 5433 }],
  ['{"DB_HOST":"db.example","DB_USER":"me","DB_PASS":"x","DB_NAME":"platform"}', {}, ADDRESS],
  ['{"url":"postgres://me:pass@db.example/platform"}', {}, ADDRESS],
  ['{"username":"me","password":"pass"}', { host: 'db.example', name: 'platform' }, ADDRESS],
  [
    'postgres://me:pass@db.example/platform',
    { host: 'proxy.example', port: 15432 },
    { host: 'proxy.example', port: 15432 },
  ],
])('a secret of the database is read as the functions read it: %s', (secret, settings, expected) => {
  expect(addressIn(secret, 'team/postgres', settings)).toEqual({ ok: true, ...expected });
});

test.each([
  ['{"username":"me","password":"pass"}', 'names no host'],
  ['{"username":"me","password":"pass","host":"db.example"}', 'names no database'],
  ['postgres://db.example/platform', 'names no user'],
  ['nonsense', 'is not of the form'],
])('a secret of the database that the functions would refuse is refused: %s', (secret, why) => {
  expect(addressIn(secret, 'team/postgres', {})).toMatchObject({ ok: false, why: expect.stringContaining(why) });
});
