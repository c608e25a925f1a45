/** The page's words for the states of agents, runs and health. */
import type { AgentState, DiscrepancyStatus, Explanation, HealthStatus, Run } from './data/api-types.ts';

/** Determines the color; icon and word carry the same meaning. */
export type Tone = 'good' | 'warn' | 'bad' | 'calm' | 'live';

export interface Label {
  readonly word: string;
  readonly tone: Tone;
}

export const AGENT_STATES: Readonly<Record<AgentState, Label>> = {
  in_step: { word: 'In sync', tone: 'good' },
  out_of_step: { word: 'Out of sync', tone: 'bad' },
  unread: { word: 'Not read yet', tone: 'warn' },
  orphaned: { word: 'Orphaned', tone: 'warn' },
  skipped: { word: 'Skipped', tone: 'calm' },
  deleted: { word: 'Deleted', tone: 'calm' },
  archived: { word: 'Archived', tone: 'calm' },
};

export const DISCREPANCIES: Readonly<Record<DiscrepancyStatus, Label & { readonly meaning: string }>> = {
  missing_in_db: {
    word: 'Missing interviewer',
    tone: 'bad',
    meaning: 'The platform cannot offer this agent. A sync creates its interviewer.',
  },
  missing_in_retell: {
    word: 'Missing in Retell',
    tone: 'bad',
    meaning: 'The platform offers an interviewer without an agent. A sync asks Retell once more, then orphans it.',
  },
  voice_mismatch: { word: 'Voice differs', tone: 'warn', meaning: "A sync takes Retell's voice." },
  name_mismatch: { word: 'Name differs', tone: 'warn', meaning: 'A sync brings the newer name to the other side.' },
  orphaned: {
    word: 'Agent is back',
    tone: 'warn',
    meaning: 'Its agent is in Retell again, but the interviewer is still an orphan. A sync restores it.',
  },
};

export const RUN_STATUSES: Readonly<Record<Run['status'], Label>> = {
  running: { word: 'Running', tone: 'live' },
  succeeded: { word: 'Succeeded', tone: 'good' },
  partial: { word: 'Partial', tone: 'warn' },
  held: { word: 'Blocked', tone: 'warn' },
  failed: { word: 'Failed', tone: 'bad' },
};

export const RUN_KINDS: Readonly<Record<Run['kind'], string>> = {
  sync: 'Sync',
  sync_agent: 'Sync of one agent',
  audit: 'Check',
  scheduled: 'Scheduled sync',
  cleanup: 'Cleanup',
  restore: 'Restore',
  undo: 'Undo',
  webhook: 'Webhook',
};

export const TRIGGERS: Readonly<Record<Run['trigger'], string>> = {
  manual: 'manual',
  schedule: 'schedule',
  start: 'start of the service',
  webhook: 'event from Retell',
  continuation: 'continuation',
};

/** What blocked a run. */
export function blockOf(error_code: string | null): 'account' | 'orphans' {
  return error_code === 'account_mismatch' ? 'account' : 'orphans';
}

/** `6 orphans wait`: how many changes wait for a confirmation. */
export function blockedText(error_code: string | null, blocked: number): string {
  const [one, several] = BLOCKED[error_code ?? ''] ?? ['change', 'changes'];
  return `${blocked} ${blocked === 1 ? `${one} waits` : `${several} wait`}`;
}

const BLOCKED: Readonly<Record<string, readonly [one: string, several: string]>> = {
  orphan_guard: ['orphan', 'orphans'],
  account_mismatch: ['interviewer', 'interviewers'],
  cleanup_guard: ['interviewer to clean up', 'interviewers to clean up'],
};

export const BLOCKS: Readonly<
  Record<ReturnType<typeof blockOf>, { readonly title: string; readonly meaning: string; readonly advice: string }>
> = {
  orphans: {
    title: 'The orphan guard blocked the last sync',
    meaning:
      'It would have orphaned more interviewers than usual. Everything else was applied; these stay active until you confirm.',
    advice: 'Confirm if these agents are really gone. If not, check RETELL_API_KEY and INTERVIEW_NAME_PATTERNS.',
  },
  account: {
    title: 'The last sync met another Retell account',
    meaning: 'Retell lists none of the agents of the active interviewers. Nothing was written.',
    advice: 'Check RETELL_API_KEY first. Confirm only if the account was changed on purpose.',
  },
};

export const HEALTH: Readonly<Record<HealthStatus, string>> = {
  excellent: 'Excellent',
  good: 'Good',
  fair: 'Fair',
  poor: 'Poor',
};

export const RULES: Readonly<Record<Explanation['rules'][number]['rule'], string>> = {
  in_retell: 'In Retell',
  voice: 'Voice',
  required_fields: 'Required fields',
  name_pattern: 'Name pattern',
  in_database: 'Interviewer',
  same_name: 'Same name',
  same_voice: 'Same voice',
};

/** Singular and plural of each count, as in `1 conflict`. */
const COUNTS: Readonly<Record<string, readonly [one: string, several: string]>> = {
  conflicts: ['conflict', 'conflicts'],
  errors: ['error', 'errors'],
  pushed: ['pushed to Retell', 'pushed to Retell'],
  marked_deleted: ['marked deleted', 'marked deleted'],
};

export function countLabel(name: string, value: number): string {
  const [one, several] = COUNTS[name] ?? [name.replaceAll('_', ' '), name.replaceAll('_', ' ')];
  return `${value} ${value === 1 ? one : several}`;
}
