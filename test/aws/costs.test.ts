/** The table of costs in docs/aws.md, recomputed from its inputs and the templates. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { FUNCTIONS } from '../../infra/aws/functions.ts';
import { METRICS } from '../../shared/contract.ts';
import { propertiesOf, type Templates, templatesOf } from '../support/templates.ts';

const read = (name: string) => readFileSync(join(import.meta.dirname, '..', '..', 'docs', name), 'utf8');
const DOCS = read('aws.md');

let templates: { rds: Templates; own: Templates };
beforeAll(async () => {
  const [rds, own] = await Promise.all([templatesOf('rds'), templatesOf('ownPostgres')]);
  templates = { rds, own };
}, 180_000);

const HOURS = 730;
const RUNS = (30 * 24 * 60) / 5;
/** 1,000 agents, 20 calls a day of three events each. */
const WEBHOOKS = 1_000 * 20 * 3 * 30;

interface Load {
  readonly database: 'rds' | 'own';
  readonly webhooks: number;
  /** Whether the quotas that are free in every account, without a time limit, are deducted. */
  readonly free_tier: boolean;
}
/** In the order of the columns. */
const LOADS: readonly Load[] = [
  { database: 'rds', webhooks: 0, free_tier: false },
  { database: 'rds', webhooks: WEBHOOKS, free_tier: false },
  { database: 'own', webhooks: 0, free_tier: false },
  { database: 'own', webhooks: WEBHOOKS, free_tier: false },
  { database: 'own', webhooks: 0, free_tier: true },
];

const count = ({ all }: Templates, type: string) => propertiesOf({ all }, type).length;
/** Each metric of an expression costs as much as an alarm. */
const alarmMetrics = (all: Templates) =>
  propertiesOf(all, 'AWS::CloudWatch::Alarm').reduce(
    (sum: number, { Metrics }) => sum + (Metrics === undefined ? 1 : Metrics.length - 1),
    0,
  );
const above = (free: number, amount: number, { free_tier }: Load) => Math.max(0, amount - (free_tier ? free : 0));
/** The storage at the start, and its limit when it grows automatically. */
const storage = () => {
  const [{ AllocatedStorage, MaxAllocatedStorage }] = propertiesOf(templates.rds, 'AWS::RDS::DBInstance');
  return { gigabytes: Number(AllocatedStorage), most: Number(MaxAllocatedStorage) };
};
const lambda = (times: number, seconds: number, memoryMb: number) =>
  times * (seconds * (memoryMb / 1_024) * 0.000_013_333_4 + 0.2 / 1e6);

const onlyRds =
  (dollars: number) =>
  ({ database }: Load) =>
    database === 'rds' ? dollars : null;
const ROWS: Readonly<Record<string, (load: Load) => number | null>> = {
  'RDS db.t4g.micro': onlyRds(HOURS * 0.016),
  'Its storage': (load) => onlyRds(storage().gigabytes * 0.115)(load),
  'NAT instance t4g.micro': onlyRds(HOURS * 0.0084 + 8 * 0.08 + HOURS * 0.005),
  // The RDS-managed secret and the team's own two secrets are in no template.
  Secrets: ({ database }) =>
    (count(templates[database], 'AWS::SecretsManager::Secret') + (database === 'rds' ? 1 : 2)) * 0.4,
  'Reading them': ({ database, webhooks }) => {
    const ofDatabase = database === 'rds' ? 0 : 1;
    const containers = 2 + ofDatabase + (webhooks === 0 ? 0 : 1 + ofDatabase);
    return (RUNS * containers * 0.05) / 10_000;
  },
  Alarms: (load) =>
    above(10, alarmMetrics(templates[load.database]), load) * 0.1 +
    count(templates[load.database], 'AWS::CloudWatch::CompositeAlarm') * 0.5,
  Metrics: (load) => above(10, Object.keys(METRICS).length, load) * 0.3,
  Dashboard: ({ database }) => count(templates[database], 'AWS::CloudWatch::Dashboard') * 3 || null,
  Lambda: ({ webhooks, free_tier }) =>
    free_tier
      ? 0
      : lambda(RUNS, 0.5, FUNCTIONS['scheduled-sync'].memoryMb) + lambda(webhooks, 0.1, FUNCTIONS.webhook.memoryMb),
  'API Gateway': ({ webhooks }) => webhooks / 1e6,
  Logs: (load) => 0.5 * above(5, (RUNS * 3 + load.webhooks * 0.8) / 1e6 + (load.database === 'rds' ? 0.25 : 0), load),
  'Scheduler, events': ({ free_tier }) => (RUNS * (free_tier ? 1 : 2)) / 1e6,
};

/** The cells of each row, by the row's name. */
const table = new Map(
  DOCS.split('\n')
    .map((line) =>
      line
        .replaceAll('*', '')
        .split('|')
        .map((cell) => cell.trim()),
    )
    .filter((cells) => cells.length === LOADS.length + 4)
    .map(([, name = '', ...cells]) => [name, cells.slice(0, LOADS.length)]),
);

describe('the table of costs', () => {
  test.each(Object.entries(ROWS))('has the right figures for: %s', (name, dollars) => {
    expect(table.get(name)).toEqual(LOADS.map((load) => dollars(load)?.toFixed(2) ?? ''));
  });

  test('has the sum of exactly these rows', () => {
    const sums = LOADS.map((load) => Object.values(ROWS).reduce((sum, dollars) => sum + (dollars(load) ?? 0), 0));
    expect(table.get('Sum')).toEqual(sums.map((sum) => sum.toFixed(sum < 10 ? 2 : 0)));
    expect([...table.keys()].slice(-Object.keys(ROWS).length - 1)).toEqual([...Object.keys(ROWS), 'Sum']);
    expect(sums.at(-1)).toBeLessThan(5);
  });
});

test('the storage grows automatically up to the limit in the runbook', () => {
  expect(read('runbook.md')).toContain(`Storage grows by itself up to ${storage().most} GB`);
});
