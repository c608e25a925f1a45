/** Example responses; a test validates them against their schemas. */

export const AGENT_ID = 'agent_0a1b2c3d4e5f60718293a4b5c6';
export const NOW = '2026-03-12T19:03:58.123Z';

export const REASON = 'voice_id: "11labs-Adrian" -> "11labs-Brian"';
const MESSAGE = 'Sync completed: 0 created, 1 updated, 11 unchanged';

const updated = { agent_id: AGENT_ID, name: 'Empathetic Bob', reason: REASON } as const;

const logEntry = {
  agent_id: AGENT_ID,
  interviewer_id: '7',
  name: 'Empathetic Bob',
  voice_id: '11labs-Brian',
  status: 'synced',
  action: 'updated',
  reason: REASON,
  timestamp: NOW,
} as const;

const counts = {
  created: 0,
  updated: 1,
  restored: 0,
  orphaned: 0,
  pushed: 0,
  conflicts: 0,
  skipped: 0,
  errors: 0,
  unchanged: 11,
  pending: 0,
} as const;

export const syncReport = {
  success: true,
  message: MESSAGE,
  created: [],
  updated: [updated],
  restored: [],
  orphaned: [],
  pushed: [],
  conflicts: [],
  skipped: [],
  errors: [],
  unchanged: 11,
  audit_logs: [logEntry],
  discrepancies: { retell_voice_enabled: 12, database_agents: 12, unsynced_agents: [] },
  totalRetellAgents: 12,
  totalDatabaseAgents: 12,
  counts,
  run_id: 42,
  dry_run: false,
  partial: false,
  duration_ms: 812,
  retell_calls: 2,
  health_score: 100,
} as const;

export const partialSyncReport = {
  ...syncReport,
  message:
    'Sync partly completed; a continuation or the next sync does the rest: 0 created, 1 updated, 8 unchanged, 3 pending',
  unchanged: 8,
  counts: { ...counts, unchanged: 8, pending: 3 },
  partial: true,
  health_score: null,
} as const;

const summary = {
  total_retell_agents: 12,
  voice_enabled_retell_agents: 12,
  total_database_agents: 12,
  active_database_agents: 12,
  orphaned_database_agents: 0,
  sync_discrepancies: 1,
} as const;

const inSync = { ...summary, sync_discrepancies: 0 } as const;

const recommendation = "1 interviewer with another voice than in Retell: run a sync, which takes Retell's.";

const duplicate = '2 agents are named "Empathetic Bob" (agent_1, agent_2): rename all but one in Retell.';

const warning = {
  code: 'duplicate_name',
  text: duplicate,
  action: 'rename_agent',
  kind: 'duplicate_name',
  agent_ids: ['agent_1', 'agent_2'],
  details: duplicate,
} as const;

export const auditReport = {
  timestamp: NOW,
  summary,
  discrepancies: [
    {
      agent_id: AGENT_ID,
      name: 'Empathetic Bob',
      voice_id: '11labs-Brian',
      status: 'voice_mismatch',
      details: 'Voice is "11labs-Adrian" in the database, "11labs-Brian" in Retell',
      differences: [{ field: 'voice_id', database: '11labs-Adrian', retell: '11labs-Brian', newer: 'retell' }],
      last_synced: '2026-03-11T08:00:00.000Z',
      points: 4.17,
    },
  ],
  unread: [],
  recommendations: [recommendation, duplicate],
  advice: [warning],
  health_score: 95,
  health_status: 'excellent',
} as const;

export const cleanupReport = {
  success: true,
  message: 'Dry run, nothing was changed: 1 to archive',
  cleaned_count: 1,
  cleaned_agents: [
    {
      interviewer_id: '9',
      agent_id: AGENT_ID,
      name: 'Interview 9',
      last_synced: '2026-03-01T08:00:00.000Z',
      outcome: 'archived',
      reason: 'Agent no longer exists in Retell',
    },
  ],
  candidates: 1,
  older_than_days: 7,
  dry_run: true,
  run_id: null,
} as const;

const run = {
  id: 42,
  kind: 'sync',
  trigger: 'manual',
  status: 'succeeded',
  started_at: '2026-03-12T19:03:57.311Z',
  finished_at: NOW,
  duration_ms: 812,
  phase: null,
  progress_done: null,
  progress_total: null,
  message: MESSAGE,
  error_code: null,
  retell_calls: 2,
  counts,
  health_score: 100,
  discrepancies: 0,
  summary: inSync,
  recommendations: [],
  hint: null,
  request_id: null,
  blocked: null,
  undoes: null,
  undone_by: null,
} as const;

export const runPage = { success: true, runs: [run], next: null } as const;

export const runDetails = {
  success: true,
  run,
  lost_points: [],
  audit_logs: [logEntry],
  total: 1,
  next: null,
} as const;

export const status = {
  state: 'out_of_sync',
  as_of: NOW,
  reason: '1 discrepancy between both sides',
  last_check: NOW,
  last_sync: NOW,
  health_score: 95,
  health_status: 'excellent',
  discrepancies: 1,
  summary,
  recommendations: [recommendation, duplicate],
  advice: [warning],
  trend: [{ run_id: 42, timestamp: NOW, health_score: 95, discrepancies: 1 }],
  conflicts: [
    {
      agent_id: AGENT_ID,
      name: 'Empathetic Bob',
      retell_name: 'Empathetic Bob',
      database_name: 'Interview Bob',
      run_id: 41,
      decided_at: NOW,
    },
  ],
  freshness: { p50_s: 1.8, p95_s: 214.5, samples: 37 },
  webhooks: { last_accepted: NOW, last_refused: null, unknown_agents: 0 },
} as const;

const nothingFound = { summary: inSync, discrepancies: [], unread: [], recommendations: [], advice: [] } as const;

export const scheduledSync = {
  success: true,
  message: 'Sync completed: 0 created, 1 updated, 11 unchanged; health 100 (excellent)',
  sync_result: syncReport,
  audit_result: {
    timestamp: NOW,
    ...nothingFound,
    health_score: 100,
    health_status: 'excellent',
  },
  timestamp: NOW,
} as const;

export const partialScheduledSync = {
  success: true,
  message: partialSyncReport.message,
  sync_result: partialSyncReport,
  audit_result: null,
  timestamp: NOW,
} as const;

export const agentPage = {
  success: true,
  agents: [
    {
      agent_id: AGENT_ID,
      name: 'Empathetic Bob',
      state: 'in_step',
      reason: 'The same on both sides',
      discrepancy: null,
      interviewer_id: '7',
      voice_id: '11labs-Brian',
      language: 'en-US',
      last_synced_at: NOW,
      restorable: false,
    },
  ],
  next: null,
} as const;
