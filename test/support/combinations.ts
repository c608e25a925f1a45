/** Settings files in which every two values of two settings occur together. */
import { DOMAIN } from './configurations.ts';
import {
  type SettingsFileContent,
  withOneSecret,
  withOwnPostgres,
  withPrivatePostgres,
  withRds,
} from './deployment-settings.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:';
const REGION = { account: '123456789012', region: 'eu-central-1' };
const ELSEWHERE = { peering: undefined, publiclyAccessible: true, allowFrom: { cidrs: ['203.0.113.7/32'] } };

/** Each is a list of changes to a file; the first is the default. */
const DIMENSIONS = {
  shape: [
    withRds(),
    withRds({ nat: 'gateway', multiAz: true }),
    withRds({ natInstanceType: 't4g.nano', backupDays: 1, allowFrom: { cidrs: ['10.0.0.0/16'] } }),
    withRds(ELSEWHERE),
    withRds({ ...ELSEWHERE, nat: 'gateway', instanceType: 't4g.small' }),
    withOwnPostgres(),
    withOneSecret(),
    withPrivatePostgres(),
  ],
  place: [{}, REGION],
  alarmEmail: [{}, { alarmEmail: undefined }],
  slack: [{}, { slackWebhookSecret: 'team/slack' }, { slackWebhookSecret: `${ARN}team/slack-a1B2c3` }],
  runbookUrl: [{}, { runbookUrl: undefined }],
  monthlyBudget: [{}, { monthlyBudget: undefined }],
  dashboard: [{ dashboard: true }, { dashboard: false }],
  domain: [{}, { domain: DOMAIN }],
  schedule: [{}, { schedule: 'off' }, { schedule: 'rate(3 days)' }],
  reservedConcurrency: [{}, { reservedConcurrency: true }],
  retellApiKey: [{}, { retellApiKeySecret: 'retell/key' }, { retellApiKeySecret: `${ARN}retell/key-a1B2c3` }],
  webhookKeys: [{}, { retellWebhookSecret: 'retell/webhook' }, { retellWebhookSecret: `${ARN}retell/webhook-a1B2c3` }],
  protection: [{}, { terminationProtection: false, logRetentionDays: 1 }],
} as const satisfies Record<string, readonly SettingsFileContent[]>;

/** The index of the value of each dimension. */
type Choice = readonly number[];
const SIZES: readonly number[] = Object.values(DIMENSIONS).map((values) => values.length);

export const pairsOf = (choice: Choice): string[] =>
  choice.flatMap((value, i) => choice.slice(i + 1).map((other, j) => `${i}:${value} ${i + 1 + j}:${other}`));

export function allPairs(): ReadonlySet<string> {
  const range = (size: number) => Array.from({ length: size }, (_, index) => index);
  return new Set(
    SIZES.flatMap((size, i) =>
      SIZES.slice(i + 1).flatMap((other, j) =>
        range(size).flatMap((a) => range(other).map((b) => `${i}:${a} ${i + 1 + j}:${b}`)),
      ),
    ),
  );
}

/**
 * Greedy: each choice is the best of many candidates, which take, dimension by dimension, the value with the most
 * missing pairs.
 */
export function choices(): readonly Choice[] {
  const missing = new Set(allPairs());
  const found: Choice[] = [];
  while (missing.size > 0) {
    const next = complete(seedOf(missing), missing);
    for (const pair of pairsOf(next)) missing.delete(pair);
    found.push(next);
  }
  return found;
}

/** The two values of a missing pair, so that each round covers at least one. */
function seedOf(missing: ReadonlySet<string>): ReadonlyMap<number, number> {
  const [pair = ''] = missing;
  return new Map([...pair.matchAll(/(\d+):(\d+)/g)].map(([, dimension, value]) => [Number(dimension), Number(value)]));
}

function complete(seed: ReadonlyMap<number, number>, missing: ReadonlySet<string>): Choice {
  const chosen = new Map(seed);
  for (const [dimension, size] of SIZES.entries()) {
    if (chosen.has(dimension)) continue;
    const gains = Array.from({ length: size }, (_, value) => gainOf(new Map(chosen).set(dimension, value), missing));
    chosen.set(dimension, gains.indexOf(Math.max(...gains)));
  }
  return SIZES.map((_, dimension) => chosen.get(dimension) ?? 0);
}

function gainOf(chosen: ReadonlyMap<number, number>, missing: ReadonlySet<string>): number {
  const sorted = [...chosen].sort(([a], [b]) => a - b).map(([dimension, value]) => `${dimension}:${value}`);
  return sorted.reduce(
    (sum, one, index) => sum + sorted.slice(index + 1).filter((other) => missing.has(`${one} ${other}`)).length,
    0,
  );
}

/** As files contain them: without undefined values. */
export function combinations(): readonly SettingsFileContent[] {
  const dimensions = Object.values(DIMENSIONS);
  return choices().map((choice) =>
    JSON.parse(JSON.stringify(Object.assign({}, ...choice.map((value, index) => dimensions[index]?.[value] ?? {})))),
  );
}
