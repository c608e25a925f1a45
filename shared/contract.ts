/**
 * What code and infrastructure must agree on: names of environment variables, metrics and domain events, and limits.
 * Imports nothing, so that both sides can import it. The endpoints are in `shared/api`.
 */

/** Environment variables. On AWS a secret's variable holds only its ARN (`..._SECRET_ARN`). */
export const ENVIRONMENT = {
  databaseUrl: 'DATABASE_URL',
  databaseSecretArn: 'DATABASE_SECRET_ARN',
  /** The role that owns the tables; only the migrations get it. */
  databaseOwnerSecretArn: 'DATABASE_OWNER_SECRET_ARN',
  /**
   * For a database secret that lacks them, such as an RDS-managed secret. They take precedence over the secret, because
   * a proxy has another host than the instance in the secret; a `DATABASE_URL` that differs is refused.
   */
  databaseHost: 'DATABASE_HOST',
  databasePort: 'DATABASE_PORT',
  databaseName: 'DATABASE_NAME',
  /** The schema of the `interviewer` table, as `?schema=` in a connection string. */
  databaseSchema: 'DATABASE_SCHEMA',
  /** Signs in with an IAM token in place of a password. */
  databaseIamUser: 'DATABASE_IAM_USER',
  /** Whether the migrations may create the table in a database that has none. */
  createInterviewerTable: 'CREATE_INTERVIEWER_TABLE',
  /** Connections at once, of one process. */
  databaseConnections: 'DATABASE_CONNECTIONS',
  retellApiKey: 'RETELL_API_KEY',
  retellApiKeySecretArn: 'RETELL_API_KEY_SECRET_ARN',
  retellBaseUrl: 'RETELL_BASE_URL',
  retellWebhookSecret: 'RETELL_WEBHOOK_SECRET',
  retellWebhookSecretArn: 'RETELL_WEBHOOK_SECRET_ARN',
  syncAuthToken: 'SYNC_AUTH_TOKEN',
  syncAuthTokenSecretArn: 'SYNC_AUTH_TOKEN_SECRET_ARN',
  syncSchedule: 'SYNC_SCHEDULE',
  interviewNamePatterns: 'INTERVIEW_NAME_PATTERNS',
  syncDirection: 'SYNC_DIRECTION',
  retellTemplateAgentId: 'RETELL_TEMPLATE_AGENT_ID',
  retellAgentVersion: 'RETELL_AGENT_VERSION',
  retellConcurrency: 'RETELL_CONCURRENCY',
  fullRefreshHours: 'FULL_REFRESH_HOURS',
  historyDays: 'HISTORY_DAYS',
  logLevel: 'LOG_LEVEL',
  port: 'PORT',
  eventBusName: 'EVENT_BUS_NAME',
  /** Read by Powertools: the value of the metrics' only dimension. */
  metricService: 'POWERTOOLS_SERVICE_NAME',
} as const;

/**
 * The placeholder that a deployment writes into a secret that a person must fill. It is public, so it is never accepted as a
 * key.
 */
export const SECRET_PLACEHOLDER = 'not-set-yet';

export const DEFAULT_NAME_PATTERNS = 'bob, lisa, interview, conversation, empathetic, explorer, flow, agent, voice';

/** `source` of every event on the bus. */
export const EVENT_SOURCE = 'voice-agent-sync';

/** Domain events (`detail-type`), and the event by which a partial run requests its continuation. */
export const EVENTS = {
  syncCompleted: 'SyncCompleted',
  agentOrphaned: 'AgentOrphaned',
  agentRestored: 'AgentRestored',
  healthDegraded: 'HealthDegraded',
  orphanGuardTripped: 'OrphanGuardTripped',
  runUndone: 'RunUndone',
  syncContinuationRequested: 'SyncContinuationRequested',
} as const;
export type EventName = (typeof EVENTS)[keyof typeof EVENTS];

/** One domain event, as published on the bus. */
export interface DomainEvent {
  readonly name: EventName;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** The input with which the schedule invokes the scheduled sync. */
export const SCHEDULE_EVENT = { source: 'aws.scheduler' } as const;

/** The form of a bearer token: too long to guess, in the characters of RFC 6750. */
export const AUTH_TOKEN = {
  pattern: /^(?=.{20})[\w.~+/-]+=*$/,
  rule: 'must have at least 20 characters, of A-Z a-z 0-9 . _ ~ + / - only, and = at the end',
} as const;

export const METRIC_NAMESPACE = 'VoiceAgentSync';
/** The metrics' only dimension: the deployment. */
export const METRIC_DIMENSION = 'service';

export const METRICS = {
  healthScore: 'HealthScore',
  /** 0 in sync, 1 out of sync, 2 needs confirmation, 3 unknown. */
  syncState: 'SyncState',
  syncDiscrepancies: 'SyncDiscrepancies',
  voiceEnabledAgents: 'VoiceEnabledAgents',
  activeAgents: 'ActiveAgents',
  orphanedAgents: 'OrphanedAgents',
  syncDuration: 'SyncDuration',
  retellCalls: 'RetellCalls',
  syncSuccesses: 'SyncSuccesses',
  syncFailures: 'SyncFailures',
  orphanGuardTripped: 'OrphanGuardTripped',
  webhookRejected: 'WebhookRejected',
  unauthorizedRequests: 'UnauthorizedRequests',
  eventPublishFailures: 'EventPublishFailures',
} as const;
export type MetricName = (typeof METRICS)[keyof typeof METRICS];

/** What starts the command line of the project. */
export const COMMAND_LINE = 'npm run cli --';

/** Log levels, the least important first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Webhook events that are kept: notable ones, and of each outcome that a sender can cause at will. Migration 0031 made the rings. */
export const WEBHOOK_RINGS = { notable: 200, faulty: 20 } as const;

export const LIMITS = {
  /** Agents on a page of the listing: the most that Retell allows. */
  listPageSize: 1_000,
  /** Pages after which a listing counts as endless, and fails. */
  listPages: 1_000,
  /** Entries of each list in a response, which Lambda limits to 6 MB. */
  responseListEntries: 1_000,
  /** Recommendations kept with a run. */
  storedRecommendations: 50,
  /** Largest request body in bytes: a webhook's transcript reaches 2 MB. */
  bodyBytes: 5_000_000,
  /** Milliseconds for which API Gateway waits for a function, less one second for the network. */
  gatewayMs: 29_000,
  /** Milliseconds kept at the end of an invocation for writing what was read. */
  reserveMs: 6_000,
  /** Milliseconds after which an undo without a result was killed: it calls Retell for less than `gatewayMs`, and then writes. */
  undoMs: 35_000,
  /** Milliseconds within which a webhook gets its response: Retell waits 10 s, and delivers again after an error. */
  webhookMs: 8_000,
} as const;
