/** What a team decides about its deployment, from CDK context (`-c name=value`, or `context` in cdk.json). */
import { existsSync } from 'node:fs';
import * as v from 'valibot';

const Text = v.pipe(v.string(), v.trim(), v.minLength(1, 'must not be empty'));
const SecretName = v.pipe(
  Text,
  v.check(
    (text) => !text.startsWith('arn:') || /:secret:.+-[A-Za-z0-9]{6}$/.test(text),
    'must be a name, or a whole ARN with the six characters at its end',
  ),
);
const Flag = v.union(
  [
    v.boolean(),
    v.pipe(
      v.picklist(['true', 'false']),
      v.transform((text) => text === 'true'),
    ),
  ],
  'must be true or false',
);
/** Context from the command line is text. */
function whole(least: number, most: number) {
  const message = `must be a whole number from ${least} to ${most}`;
  const Digits = v.pipe(v.string(message), v.regex(/^\d+$/, message), v.transform(Number));
  return v.pipe(
    v.union([v.number(), Digits], message),
    v.integer(message),
    v.minValue(least, message),
    v.maxValue(most, message),
  );
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { minute: 60, hour: 3_600, day: 86_400 };
/** An alarm looks at two periods, and at no more than seven days. */
const LONGEST_PERIOD = 3 * 86_400;

const Schedule = v.pipe(
  v.string(),
  v.transform((text) => ({ text, seconds: periodOf(text) })),
  v.check(
    ({ seconds }) => seconds === null || (seconds >= 60 && seconds <= LONGEST_PERIOD),
    'must be off, or rate(5 minutes) with minutes, hours or days, at most 3 days',
  ),
);

/** Seconds; null for `off`, NaN for what is no schedule. */
function periodOf(text: string): number | null {
  if (text === 'off') return null;
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(text) ?? [];
  return Number(count) * (UNIT_SECONDS[unit] ?? Number.NaN);
}

const LOG_RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653] as const;

const Entries = v.strictObject({
  /** Begins the names of the stacks, and tells deployments in one account apart. */
  name: v.optional(
    v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{1,30}$/, 'must be 2 to 31 of a-z, 0-9 and -, a letter first')),
    'voice-agent-sync',
  ),
  /** Name or ARN of a secret with a connection string: then there is no VPC, no NAT and no RDS. */
  existingDatabaseSecret: v.optional(SecretName),
  /** Of the tables' owner in that database: the migrations use it, and make the role in the other, which has fewer rights. */
  existingDatabaseOwnerSecret: v.optional(SecretName),
  /** PEM of the authority of that database, for one that no public authority signs, as a path. */
  databaseCaFile: v.optional(
    v.pipe(
      Text,
      v.check((path) => existsSync(path), 'there is no such file'),
    ),
  ),
  /** What the functions reach the internet through. */
  nat: v.optional(v.picklist(['instance', 'gateway'], 'must be instance or gateway'), 'instance'),
  multiAz: v.optional(Flag, false),
  deletionProtection: v.optional(Flag, true),
  alarmEmail: v.optional(v.pipe(v.string(), v.email('must be an e-mail address'))),
  /** Begins the links of the alarms' descriptions. */
  runbookUrl: v.optional(Text, 'docs/runbook.md'),
  logRetentionDays: v.optional(
    v.pipe(whole(1, 3_653), v.picklist(LOG_RETENTION_DAYS, `must be one of ${LOG_RETENTION_DAYS.join(', ')}`)),
    30,
  ),
  /** Off for an account whose concurrency limit is too low to reserve any of it. */
  reservedConcurrency: v.optional(Flag, true),
  schedule: v.optional(Schedule, 'rate(5 minutes)'),
  /** Name or ARN of an existing secret; otherwise one is made, for somebody to fill. */
  retellApiKeySecret: v.optional(SecretName),
  /** Name or ARN of an existing secret; otherwise webhooks are checked with the API key. */
  retellWebhookSecret: v.optional(SecretName),
  retellBaseUrl: v.optional(v.pipe(v.string(), v.regex(/^https:\/\/./, 'must be an https URL'))),
  retellTemplateAgentId: v.optional(Text),
  retellAgentVersion: v.optional(v.pipe(v.string(), v.regex(/^[\w.-]{1,64}$/, 'must be a version or a tag'))),
  retellConcurrency: v.optional(whole(1, 100)),
  interviewNamePatterns: v.optional(Text),
  syncDirection: v.optional(v.picklist(['both', 'pull'], 'must be both or pull')),
  fullRefreshHours: v.optional(whole(1, 24)),
  historyDays: v.optional(whole(1, 3_650)),
  logLevel: v.optional(v.picklist(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error')),
});

const Settings = v.pipe(
  Entries,
  v.forward(
    v.partialCheck(
      [['existingDatabaseSecret'], ['existingDatabaseOwnerSecret']],
      ({ existingDatabaseSecret: service, existingDatabaseOwnerSecret: owner }) =>
        owner === undefined || (service !== undefined && service !== owner),
      'must stand beside existingDatabaseSecret, which names another one',
    ),
    ['existingDatabaseOwnerSecret'],
  ),
);
export type Settings = v.InferOutput<typeof Settings>;

/** Its message is one line that names the setting. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Throws SettingsError for a bad value and for a name that is no setting, which would otherwise be ignored silently. */
export function parseSettings(context: Readonly<Record<string, unknown>>): Settings {
  const own = Object.entries(context).filter(([key]) => !/[:@/]/.test(key));
  const parsed = v.safeParse(Settings, Object.fromEntries(own));
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const key = v.getDotPath(issue) ?? 'settings';
  throw new SettingsError(
    key in Entries.entries
      ? `${key} is ${JSON.stringify(context[key])}, but ${issue.message}`
      : `${key} is no setting; there are ${Object.keys(Entries.entries).join(', ')}`,
  );
}
