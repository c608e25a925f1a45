/** The settings in effect, for people: each with its source, and no secret. */
import type { Setting } from './api/settings.ts';
import { DEFAULT_NAME_PATTERNS, ENVIRONMENT } from './contract.ts';
import type { Environment } from './environment.ts';

interface Source {
  readonly kind: 'value' | 'arn';
}

/** The part of the configuration that people see. */
interface ConfigValues {
  readonly schedule: { readonly kind: 'off' } | { readonly kind: 'rate'; readonly text: string };
  readonly direction: string;
  readonly templateAgentId: string | null;
  readonly agentVersion: string;
  readonly retellBaseUrl: string | null;
  readonly retellConcurrency: number;
  readonly databaseConnections: number;
  readonly fullRefreshHours: number;
  readonly historyDays: number;
  readonly createInterviewerTable: boolean;
  readonly logLevel: string;
  readonly port: number;
  readonly database: Source | null;
  readonly retellApiKey: Source | null;
  readonly webhookSecret: Source | null;
  readonly authToken: Source | null;
  readonly onLambda: boolean;
}

const PLAIN: readonly (readonly [
  variable: string,
  value: (config: ConfigValues, env: Environment) => Setting['value'],
])[] = [
  [ENVIRONMENT.syncSchedule, ({ schedule }) => (schedule.kind === 'off' ? 'off' : schedule.text)],
  [
    ENVIRONMENT.interviewNamePatterns,
    (_, env) => env[ENVIRONMENT.interviewNamePatterns]?.trim() ?? DEFAULT_NAME_PATTERNS,
  ],
  [ENVIRONMENT.syncDirection, ({ direction }) => direction],
  [ENVIRONMENT.retellTemplateAgentId, ({ templateAgentId }) => templateAgentId],
  [ENVIRONMENT.retellAgentVersion, ({ agentVersion }) => agentVersion],
  // Its path and user could contain a secret.
  [ENVIRONMENT.retellBaseUrl, ({ retellBaseUrl }) => (retellBaseUrl === null ? null : new URL(retellBaseUrl).origin)],
  [ENVIRONMENT.retellConcurrency, ({ retellConcurrency }) => retellConcurrency],
  [ENVIRONMENT.fullRefreshHours, ({ fullRefreshHours }) => fullRefreshHours],
  [ENVIRONMENT.historyDays, ({ historyDays }) => historyDays],
  ...[ENVIRONMENT.databaseHost, ENVIRONMENT.databasePort, ENVIRONMENT.databaseName, ENVIRONMENT.databaseSchema].map(
    (name) => [name, (_: ConfigValues, env: Environment) => env[name]?.trim() ?? null] as const,
  ),
  [ENVIRONMENT.databaseConnections, ({ databaseConnections }) => databaseConnections],
  [ENVIRONMENT.createInterviewerTable, ({ createInterviewerTable }) => createInterviewerTable],
  [ENVIRONMENT.logLevel, ({ logLevel }) => logLevel],
  [ENVIRONMENT.port, ({ port }) => port],
];

const SECRETS = [
  [ENVIRONMENT.databaseUrl, ({ database }: ConfigValues) => database],
  [ENVIRONMENT.retellApiKey, ({ retellApiKey }: ConfigValues) => retellApiKey],
  [ENVIRONMENT.retellWebhookSecret, ({ webhookSecret }: ConfigValues) => webhookSecret],
  [ENVIRONMENT.syncAuthToken, ({ authToken }: ConfigValues) => authToken],
] as const;
/** On AWS only the functions that call Retell are given its key and address. */
const OF_OTHER_FUNCTIONS: ReadonlySet<string> = new Set([
  ENVIRONMENT.retellApiKey,
  ENVIRONMENT.retellWebhookSecret,
  ENVIRONMENT.retellBaseUrl,
]);

export function effectiveSettings(env: Environment, config: ConfigValues): readonly Setting[] {
  const unset = (name: string) => (config.onLambda && OF_OTHER_FUNCTIONS.has(name) ? 'elsewhere' : 'default');
  const plain = PLAIN.map(([name, value]): Setting => {
    const source = env[name] === undefined ? unset(name) : 'environment';
    return { name, value: value(config, env), source };
  });
  const secrets = SECRETS.map(([name, sourceOf]): Setting => {
    const given = sourceOf(config);
    const source = given === null ? unset(name) : given.kind === 'arn' ? 'secret' : 'environment';
    return { name, value: null, source };
  });
  return [...plain, ...secrets];
}
