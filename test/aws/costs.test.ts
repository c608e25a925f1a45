/** The table of costs in docs/aws.md, worked out again from its inputs and from what the templates hold. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { FUNCTIONS } from '../../infra/aws/functions.ts';
import { METRICS } from '../../shared/contract.ts';
import { type Templates, templatesOf } from '../support/templates.ts';

const read = (name: string) => readFileSync(join(import.meta.dirname, '..', '..', 'docs', name), 'utf8');
const DOCS = read('aws.md');

let templates: { own: Templates; existing: Templates };
beforeAll(() => {
  templates = { own: templatesOf(), existing: templatesOf({ existingDatabaseSecret: 'team/postgres' }) };
}, 180_000);

const HOURS = 730;
const RUNS = (30 * 24 * 60) / 5;
/** 1,000 agents, 20 calls a day of three events each. */
const WEBHOOKS = 1_000 * 20 * 3 * 30;

interface Load {
  readonly database: 'own' | 'existing';
  readonly webhooks: number;
}
/** In the order of the columns. */
const LOADS: readonly Load[] = [
  { database: 'own', webhooks: 0 },
  { database: 'own', webhooks: WEBHOOKS },
  { database: 'existing', webhooks: 0 },
  { database: 'existing', webhooks: WEBHOOKS },
];

const count = ({ all }: Templates, type: string) =>
  all.reduce((sum, template) => sum + Object.keys(template.findResources(type)).length, 0);
/** A metric of an expression is paid as an alarm of its own. */
const alarmMetrics = ({ monitoring }: Templates) =>
  Object.values(monitoring.findResources('AWS::CloudWatch::Alarm')).reduce(
    (sum, { Properties: { Metrics } }) => sum + (Metrics === undefined ? 1 : Metrics.length - 1),
    0,
  );
/** What is paid from the start, and how far it grows by itself. */
const storage = () => {
  const instances = Object.values(templates.own.data?.findResources('AWS::RDS::DBInstance') ?? {});
  const [{ AllocatedStorage, MaxAllocatedStorage } = {}] = instances.map(({ Properties }) => Properties);
  return { gigabytes: Number(AllocatedStorage), most: Number(MaxAllocatedStorage) };
};
const lambda = (times: number, seconds: number, memoryMb: number) =>
  times * (seconds * (memoryMb / 1_024) * 0.000_013_333_4 + 0.2 / 1e6);

const onlyOwn =
  (dollars: number) =>
  ({ database }: Load) =>
    database === 'own' ? dollars : null;
const ROWS: Readonly<Record<string, (load: Load) => number | null>> = {
  'RDS db.t4g.micro': onlyOwn(HOURS * 0.016),
  'Its storage': (load) => onlyOwn(storage().gigabytes * 0.115)(load),
  'NAT instance t4g.nano': onlyOwn(HOURS * 0.0042 + 8 * 0.08 + HOURS * 0.005),
  // The team's own is in no template.
  Secrets: ({ database }) =>
    (count(templates[database], 'AWS::SecretsManager::Secret') + (database === 'own' ? 0 : 1)) * 0.4,
  'Reading them': ({ webhooks }) => (RUNS * (webhooks === 0 ? 3 : 3 + 2) * 0.05) / 10_000,
  Alarms: ({ database }) => alarmMetrics(templates[database]) * 0.1,
  Metrics: () => Object.keys(METRICS).length * 0.3,
  Dashboard: () => 3,
  Lambda: ({ webhooks }) =>
    lambda(RUNS, 0.5, FUNCTIONS['scheduled-sync'].memoryMb) + lambda(webhooks, 0.1, FUNCTIONS.webhook.memoryMb),
  'API Gateway': ({ webhooks }) => webhooks / 1e6,
  Logs: ({ database, webhooks }) => 0.5 * ((RUNS * 3 + webhooks * 0.8) / 1e6 + (database === 'own' ? 0.2 : 0)),
  'Scheduler, events': () => (RUNS * 2) / 1e6,
};

/** By the name of each row, the cells of its four columns. */
const table = new Map(
  DOCS.split('\n')
    .map((line) =>
      line
        .replaceAll('*', '')
        .split('|')
        .map((cell) => cell.trim()),
    )
    .filter((cells) => cells.length === 8)
    .map(([, name = '', ...cells]) => [name, cells.slice(0, 4)]),
);

describe('the table of costs', () => {
  test.each(Object.entries(ROWS))('%s', (name, dollars) => {
    expect(table.get(name)).toEqual(LOADS.map((load) => dollars(load)?.toFixed(2) ?? ''));
  });

  test('its sum, of these rows alone', () => {
    const sums = LOADS.map((load) => Object.values(ROWS).reduce((sum, dollars) => sum + (dollars(load) ?? 0), 0));
    expect(table.get('Sum')).toEqual(sums.map((sum) => sum.toFixed(0)));
    expect([...table.keys()].slice(-Object.keys(ROWS).length - 1)).toEqual([...Object.keys(ROWS), 'Sum']);
  });
});

test('the storage grows by itself as far as the runbook says', () => {
  expect(read('runbook.md')).toContain(`Storage grows by itself up to ${storage().most} GB`);
});
