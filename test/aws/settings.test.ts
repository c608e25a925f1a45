import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { exampleNames, readDeployment } from '../../infra/aws/deployment.ts';
import { parseSettings, SETTING_NAMES, settingsJsonSchema } from '../../infra/aws/settings.ts';
import { withOneSecret, withOwnPostgres, withRds } from '../support/deployment-settings.ts';

const PROJECT = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFileSync(join(PROJECT, path), 'utf8');
const database = { kind: 'public', secret: 'team/postgres' };
const peering = { vpcId: 'vpc-0123456789abcdef0', cidr: '10.0.0.0/16', routeTableIds: ['rtb-0123456789abcdef0'] };
const rds = { kind: 'rds', allowFrom: { cidrs: ['10.0.0.0/16'] }, peering };

describe('settings', () => {
  test('have defaults', () => {
    expect(parseSettings({ $schema: './schema.json', database }, 'production')).toEqual({
      name: 'voice-agent-sync-production',
      database,
      createInterviewerTable: false,
      dashboard: true,
      terminationProtection: true,
      logRetentionDays: 30,
      reservedConcurrency: false,
      schedule: { text: 'rate(5 minutes)', seconds: 300 },
    });
  });

  test('have defaults for a new RDS, whose table the migrations create', () => {
    expect(parseSettings({ database: rds }, 'production')).toMatchObject({
      createInterviewerTable: true,
      database: {
        publiclyAccessible: false,
        vpcCidr: '10.42.0.0/16',
        nat: 'instance',
        natInstanceType: 't4g.micro',
        instanceType: 't4g.micro',
        backupDays: 14,
        multiAz: false,
      },
    });
  });

  test.each([
    [{}, 'database is missing'],
    [{ database: {} }, 'database.kind is missing'],
    [{ database: { kind: 'supabase' } }, 'database.kind is "supabase", but must have a kind: public, private or rds'],
    [{ database: { kind: 'public' } }, 'database.secret is missing'],
    [{ database: { kind: 'public', secrt: 'a' } }, 'database.secrt is not a setting; did you mean database.secret?'],
    [{ database, alarmMail: 'a@example.com' }, 'alarmMail is not a setting; did you mean alarmEmail?'],
    [{ database, frobnicate: 1 }, 'frobnicate is not a setting; the settings are listed in docs/aws.md'],
    [{ database, alarmEmail: 'oncall' }, 'alarmEmail is "oncall", but must be an email address'],
    [{ database, reservedConcurrency: 'true' }, 'reservedConcurrency is "true", but must be true or false'],
    [{ database, logRetentionDays: 31 }, /^logRetentionDays is 31, but must be one of 1, 3, 5, /],
    [{ database, schedule: 'rate(4 days)' }, /^schedule is .*, but must be off, or rate\(5 minutes\)/],
    [{ database, schedule: 'cron(0 * * * ? *)' }, /^schedule is .*, but must be off/],
    [{ database, runbookUrl: 'docs/runbook.md' }, 'runbookUrl is "docs/runbook.md", but must be an https URL'],
    [{ database, retellBaseUrl: 'http://retell' }, 'retellBaseUrl is "http://retell", but must be an https URL'],
    [{ database, name: 'Voice' }, /^name is "Voice", but must be 2 to 40 of a-z/],
    [{ database, name: 'voice-' }, 'name is "voice-", but must not end with a dash or have two in a row'],
    [{ database, name: 'voice--sync' }, /^name is "voice--sync", but must not end with a dash or have two in a row$/],
    [{ database, region: 'Frankfurt' }, 'region is "Frankfurt", but must be a region such as eu-central-1'],
    [{ database, retellConcurrency: 0 }, 'retellConcurrency is 0, but must be a whole number from 1 to 100'],
    [
      { database: { ...database, secret: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:team' } },
      /^database\.secret is ".*", but must be a name, or a whole ARN with the six characters at its end$/,
    ],
    [
      { database: { ...database, secret: 'team/postgres-prod01' } },
      /^database\.secret is "team\/postgres-prod01", but ends like the suffix of an ARN .* give the whole ARN/,
    ],
    [
      { database: { ...database, ownerSecret: 'team/postgres' } },
      'database is Object, but must have an ownerSecret that differs from its secret',
    ],
    [{ database: { ...database, caFile: 'none.crt' } }, 'database.caFile is "none.crt", but there is no such file'],
    [
      { database: { ...database, kind: 'private', network: { vpcId: 'vpc-1' } } },
      'database.network.vpcId is "vpc-1", but must be an id such as vpc-0123456789abcdef0',
    ],
    [{ database: { kind: 'rds', peering } }, 'database.allowFrom is missing'],
    [{ database: { ...rds, allowFrom: {} } }, 'database.allowFrom is Object, but must let the platform in'],
    [
      { database: { ...rds, allowFrom: { cidrs: ['10.0.0.0/33'] } } },
      'database.allowFrom.cidrs.0 is "10.0.0.0/33", but must be an IPv4 range such as 10.0.0.0/16',
    ],
    [
      { database: { ...rds, peering: undefined } },
      /^database is Object, but must have peering .* or publiclyAccessible/,
    ],
    [
      { database: { ...rds, publiclyAccessible: true } },
      'database is Object, but must have either peering or publiclyAccessible: from a peered VPC the name of a public instance leads outside',
    ],
    [
      {
        database: {
          ...rds,
          peering: undefined,
          publiclyAccessible: true,
          allowFrom: { securityGroupIds: ['sg-01234567'] },
        },
      },
      /^database is Object, but must have peering with the VPC of the securityGroupIds/,
    ],
    [
      { database: { ...rds, vpcCidr: '10.0.0.0/16' } },
      'database is Object, but must have another vpcCidr: 10.0.0.0/16 overlaps with 10.0.0.0/16, which is peered',
    ],
    ['production', /^the file must hold a JSON object, not "production"/],
  ])('that are wrong are one line: %j', (file, message) => {
    expect(() => parseSettings(file, 'test')).toThrow(message);
  });

  test('are exactly those in the docs, each once', () => {
    const section =
      read('docs/aws.md')
        .split('\n## ')
        .find((text) => text.startsWith('Settings\n')) ?? '';
    const listed = [...section.matchAll(/^\| (`.+?`) \|/gm)].flatMap(([, cell = '']) =>
      cell.replaceAll('`', '').split(', '),
    );
    const parents = new Set([
      '$schema',
      'database',
      'database.network',
      'database.peering',
      'database.allowFrom',
      'domain',
    ]);
    expect(listed.sort()).toEqual(SETTING_NAMES.filter((name) => !parents.has(name)).sort());
  });

  test('equal the JSON schema in the repository, which editors use', () => {
    expect(JSON.parse(read('deployments/schema.json'))).toEqual(JSON.parse(JSON.stringify(settingsJsonSchema())));
  });
});

describe('a deployment', () => {
  let home: string;
  const write = (name: string, content: object | string) =>
    writeFileSync(join(home, `${name}.json`), typeof content === 'string' ? content : JSON.stringify(content));
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'deployments-'));
    mkdirSync(join(home, 'examples'));
    write('schema', {});
    write('examples/rds', withRds());
  });
  afterEach(() => rmSync(home, { recursive: true }));

  test('is the RDS example if no deployment exists', () => {
    expect(readDeployment({}, home)).toMatchObject({ name: 'examples/rds', isExample: true });
  });

  test('is the only existing one', () => {
    write('production', withOneSecret());
    expect(readDeployment({}, home)).toMatchObject({
      name: 'production',
      isExample: false,
      settings: { name: 'voice-agent-sync-production' },
    });
  });

  test('must be chosen if several exist', () => {
    write('production', withOneSecret());
    write('staging', withOwnPostgres());
    expect(() => readDeployment({}, home)).toThrow(
      'There are several deployments; choose one with -c deployment=production or staging',
    );
    expect(readDeployment({ deployment: 'staging' }, home)).toMatchObject({ name: 'staging' });
  });

  test.each([
    ['prodution', 'There is no deployments/prodution.json; did you mean production?'],
    ['rds', 'There is no deployments/rds.json; npm run deploy:init writes one'],
  ])('that does not exist is refused: %s', (deployment, message) => {
    write('production', withOneSecret());
    expect(() => readDeployment({ deployment }, home)).toThrow(message);
  });

  test('[F9] is named in the message about a wrong setting', () => {
    write('production', '{');
    expect(() => readDeployment({}, home)).toThrow(/production\.json: .*JSON/);
    write('production', { ...withOneSecret(), dashbord: false });
    expect(() => readDeployment({}, home)).toThrow(
      /production\.json: dashbord is not a setting; did you mean dashboard\?$/,
    );
  });

  test('accepts no settings from the command line, which the next deployment would lack', () => {
    expect(() => readDeployment({ alarmEmail: 'a@example.com' }, home)).toThrow(
      '-c alarmEmail=... is not known: alarmEmail is a setting of deployments/<name>.json',
    );
    expect(() => readDeployment({ deploymnet: 'production' }, home)).toThrow(
      '-c deploymnet=... is not known; did you mean -c deployment=...?',
    );
    expect(() => readDeployment({ frobnicate: '1' }, home)).toThrow(
      /^-c frobnicate=\.\.\. is not known; only -c deployment/,
    );
  });

  test('accepts the keys that the CDK CLI itself writes into cdk.json', () => {
    const written = { 'acknowledged-issue-numbers': [34892], 'cli-telemetry': false, '@aws-cdk/core:flag': true };
    expect(readDeployment(written, home)).toMatchObject({ name: 'examples/rds' });
  });

  test('has an example for each shape', () => {
    expect(exampleNames()).toEqual(['examples/own-postgres', 'examples/private-postgres', 'examples/rds']);
    const kinds = exampleNames().map((deployment) => readDeployment({ deployment }).settings.database.kind);
    expect(kinds).toEqual(['public', 'private', 'rds']);
  });

  test('has a name that AWS accepts, or must be given another one', () => {
    write('EU_production', withOneSecret());
    expect(() => readDeployment({}, home)).toThrow(
      /: name is missing, and "voice-agent-sync-EU_production", after the file, must be 2 to 40 of a-z/,
    );
    write('EU_production', { ...withOneSecret(), name: 'voice-eu' });
    expect(readDeployment({}, home)).toMatchObject({ settings: { name: 'voice-eu' } });
  });

  test('that is named by its path is also recognized as an example', () => {
    const deployment = join(home, 'examples', 'rds.json');
    expect(readDeployment({ deployment }, home)).toMatchObject({ isExample: true });
  });

  test('with wrong settings fails the synthesis with one line', async () => {
    write('production', { ...withOneSecret(), schedule: 'daily' });
    const path = join(home, 'production.json');
    const run = promisify(execFile)(process.execPath, [join('infra', 'aws', 'app.ts')], {
      cwd: PROJECT,
      env: { CDK_CONTEXT_JSON: JSON.stringify({ deployment: path }) },
    });
    await expect(run).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^\S+production\.json: schedule is .*, but must be off.*\n$/),
    });
  }, 30_000);
});
