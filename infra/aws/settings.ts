/** The settings of a deployment: what `deployments/<name>.json` may contain. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { ENVIRONMENT } from '../../shared/contract.ts';
import { suggestName } from '../../shared/suggest-name.ts';
import { DatabaseSettings } from './database-settings.ts';
import { SecretName, Text, whole } from './setting-values.ts';

type JsonSchema = ReturnType<typeof toJsonSchema>;

const UNIT_SECONDS: Readonly<Record<string, number>> = { minute: 60, hour: 3_600, day: 86_400 };
/** An alarm evaluates two periods, of at most seven days together. */
const LONGEST_PERIOD = 3 * 86_400;

const Schedule = v.pipe(
  v.string(),
  v.transform((text) => ({ text, seconds: periodOf(text) })),
  v.check(
    ({ seconds }) => seconds === null || (seconds >= 60 && seconds <= LONGEST_PERIOD),
    'must be off, or rate(5 minutes) with minutes, hours or days, at most 3 days',
  ),
);

/** Seconds; null: `off`; NaN: not a schedule. */
function periodOf(text: string): number | null {
  if (text === 'off') return null;
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(text) ?? [];
  return Number(count) * (UNIT_SECONDS[unit] ?? Number.NaN);
}

const LOG_RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653] as const;

const HttpsUrl = v.pipe(v.string(), v.regex(/^https:\/\/./, 'must be an https URL'));
const Flag = v.boolean('must be true or false');

const Domain = v.strictObject({
  name: v.pipe(
    v.string(),
    v.regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'must be a host name such as sync.example.com'),
    v.description('The host name of the API, such as sync.example.com.'),
  ),
  certificateArn: v.pipe(
    v.string(),
    v.regex(/^arn:aws[\w-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/, 'must be the ARN of a certificate of ACM'),
    v.description("ACM certificate for that name, in the deployment's region."),
  ),
});

const Name = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9-]{1,39}$/, 'must be 2 to 40 of a-z, 0-9 and -, starting with a letter'),
  // RDS refuses such a name for the instance.
  v.regex(/^(?!.*(--|-$))/, 'must not end with a dash or have two in a row'),
);

function described<const Schema extends v.GenericSchema>(schema: Schema, description: string) {
  return v.pipe(schema, v.description(description));
}

const Entries = {
  $schema: v.optional(v.string()),
  name: v.optional(
    described(
      Name,
      "First part of the names of the stacks and their resources. Default: voice-agent-sync- and the file's name.",
    ),
  ),
  account: v.optional(
    described(
      v.pipe(v.string(), v.regex(/^\d{12}$/, 'must have 12 digits')),
      'The AWS account. Credentials of another account are refused.',
    ),
  ),
  region: v.optional(
    described(
      v.pipe(v.string(), v.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region such as eu-central-1')),
      'The AWS region. Default: that of the credentials.',
    ),
  ),
  availabilityZones: v.optional(
    described(
      v.tuple([Text, Text], 'must be two names'),
      "Two zones, if the region's first two lack Lambda or the instance types.",
    ),
  ),
  database: DatabaseSettings,
  createInterviewerTable: v.optional(
    described(Flag, 'Whether the migrations may create the table `interviewer`. Default: true for kind rds only.'),
  ),
  alarmEmail: v.optional(
    described(v.pipe(v.string(), v.email('must be an email address')), 'The address that alarm emails are sent to.'),
  ),
  slackWebhookSecret: v.optional(
    described(SecretName, 'Secret with the URL of an incoming webhook of Slack, for alarms and events.'),
  ),
  runbookUrl: v.optional(described(HttpsUrl, "Web view of docs/runbook.md in your repository, for the alarms' links.")),
  monthlyBudget: v.optional(
    described(
      whole(1, 1_000_000),
      "US dollars a month for resources with the deployment's tag; sends an email at 80 % and 100 %.",
    ),
  ),
  dashboard: v.optional(described(Flag, 'Whether there is a CloudWatch dashboard (3 $ a month).'), true),
  domain: v.optional(described(Domain, "A custom domain for the API, so that the webhook's URL survives a new API.")),
  terminationProtection: v.optional(
    described(Flag, 'Whether CloudFormation refuses to delete the stack with the database.'),
    true,
  ),
  logRetentionDays: v.optional(
    described(
      v.picklist(LOG_RETENTION_DAYS, `must be one of ${LOG_RETENTION_DAYS.join(', ')}`),
      'How long all logs are kept.',
    ),
    30,
  ),
  reservedConcurrency: v.optional(
    described(Flag, 'Whether functions reserve concurrency. Requires an account limit of 150 or more.'),
    false,
  ),
  schedule: v.optional(
    described(Schedule, 'How often the schedule syncs: off, or rate(5 minutes) with minutes, hours or days.'),
    'rate(5 minutes)',
  ),
  retellApiKeySecret: v.optional(
    described(SecretName, 'Existing secret with the API key. Default: a new secret, which you fill.'),
  ),
  retellWebhookSecret: v.optional(
    described(SecretName, 'Existing secret with one or more webhook keys, separated by commas. Default: the API key.'),
  ),
  retellBaseUrl: v.optional(described(HttpsUrl, 'RETELL_BASE_URL')),
  retellTemplateAgentId: v.optional(described(Text, 'RETELL_TEMPLATE_AGENT_ID')),
  retellAgentVersion: v.optional(
    described(v.pipe(v.string(), v.regex(/^[\w.-]{1,64}$/, 'must be a version or a tag')), 'RETELL_AGENT_VERSION'),
  ),
  retellConcurrency: v.optional(described(whole(1, 100), 'RETELL_CONCURRENCY')),
  interviewNamePatterns: v.optional(described(Text, 'INTERVIEW_NAME_PATTERNS')),
  syncDirection: v.optional(described(v.picklist(['both', 'pull'], 'must be both or pull'), 'SYNC_DIRECTION')),
  fullRefreshHours: v.optional(described(whole(1, 24), 'FULL_REFRESH_HOURS')),
  historyDays: v.optional(described(whole(1, 3_650), 'HISTORY_DAYS')),
  logLevel: v.optional(
    described(v.picklist(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error'), 'LOG_LEVEL'),
  ),
};

export const SettingsFile = v.strictObject(Entries);

type Parsed = v.InferOutput<typeof SettingsFile>;

export interface Settings extends Omit<Parsed, '$schema' | 'name' | 'createInterviewerTable'> {
  readonly name: string;
  readonly createInterviewerTable: boolean;
}

/** Settings of the deployment that functions read, and the variable that carries each. */
export const POLICY_VARIABLES = [
  ['interviewNamePatterns', ENVIRONMENT.interviewNamePatterns],
  ['syncDirection', ENVIRONMENT.syncDirection],
  ['retellTemplateAgentId', ENVIRONMENT.retellTemplateAgentId],
  ['retellAgentVersion', ENVIRONMENT.retellAgentVersion],
  ['retellConcurrency', ENVIRONMENT.retellConcurrency],
  ['fullRefreshHours', ENVIRONMENT.fullRefreshHours],
  ['historyDays', ENVIRONMENT.historyDays],
] as const;

/** Its message is one line that names the setting. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** @throws SettingsError for a bad value, and for an unknown name, which would otherwise be ignored silently */
export function parseSettings(file: unknown, fileName: string): Settings {
  const parsed = v.safeParse(SettingsFile, file);
  if (!parsed.success) throw new SettingsError(messageOf(parsed.issues));
  const { $schema: _, ...settings } = parsed.output;
  const { database } = settings;
  if (database.kind !== 'rds' && database.caFile !== undefined && !existsSync(resolve(database.caFile)))
    throw new SettingsError(`database.caFile is ${JSON.stringify(database.caFile)}, but there is no such file`);
  return {
    ...settings,
    name: settings.name ?? nameAfter(fileName),
    createInterviewerTable: settings.createInterviewerTable ?? database.kind === 'rds',
  };
}

function nameAfter(fileName: string): string {
  const parsed = v.safeParse(Name, `voice-agent-sync-${fileName}`);
  if (parsed.success) return parsed.output;
  throw new SettingsError(
    `name is missing, and ${parsed.issues[0].received}, after the file, ${parsed.issues[0].message}`,
  );
}

type Issue = v.InferIssue<typeof SettingsFile>;

/** Unknown names first: they are most often mistyped required names. */
function messageOf(issues: readonly [Issue, ...Issue[]]): string {
  const issue = issues.find(isUnknownName) ?? issues[0];
  const key = v.getDotPath(issue);
  if (key === null) return `the file must hold a JSON object, not ${issue.received}`;
  if (isUnknownName(issue)) return unknownSetting(key);
  if (issue.received === 'undefined') return `${key} is missing`;
  return `${key} is ${issue.received}, but ${issue.message}`;
}

function isUnknownName({ type, expected }: Issue): boolean {
  return type === 'strict_object' && expected === 'never';
}

/** Settings are few, so short names can also be suggested. */
export function suggestSetting(key: string, others: readonly string[] = []): string | null {
  return suggestName(key, [...others, ...SETTING_NAMES], 4)?.name ?? null;
}

function unknownSetting(key: string): string {
  const suggestion = suggestSetting(key);
  return suggestion === null
    ? `${key} is not a setting; the settings are listed in docs/aws.md`
    : `${key} is not a setting; did you mean ${suggestion}?`;
}

/** The schema for editors. */
export function settingsJsonSchema(): JsonSchema {
  return toJsonSchema(SettingsFile, { errorMode: 'ignore', typeMode: 'input' });
}

/** The names of all levels, such as `database.kind`. */
export const SETTING_NAMES: readonly string[] = [...new Set(namesIn(settingsJsonSchema(), ''))];

function namesIn({ properties = {}, oneOf = [] }: JsonSchema, prefix: string): string[] {
  const own = Object.keys(properties).map((name) => prefix + name);
  const below = Object.entries(properties).map(([name, schema]) => [schema, `${prefix}${name}.`] as const);
  const variants = oneOf.map((schema) => [schema, prefix] as const);
  return [...below, ...variants].reduce(
    (names, [schema, start]) => (typeof schema === 'object' ? names.concat(namesIn(schema, start)) : names),
    own,
  );
}
