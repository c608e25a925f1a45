/** What the states of agents, runs and health mean, in the words of the page. */
import type { AgentState } from '../../../shared/api/agents.ts';
import type { DiscrepancyStatus, HealthStatus } from '../../../shared/api/audit.ts';
import type { Run } from '../../../shared/api/runs.ts';

/** Decides the colour; the icon and the word say the same. */
export type Tone = 'good' | 'warn' | 'bad' | 'calm' | 'live';

interface Word {
  readonly word: string;
  readonly tone: Tone;
}

export const AGENT_STATES: Readonly<Record<AgentState, Word>> = {
  in_step: { word: 'In step', tone: 'good' },
  out_of_step: { word: 'Out of step', tone: 'bad' },
  unread: { word: 'Not read yet', tone: 'warn' },
  orphaned: { word: 'Orphaned', tone: 'warn' },
  skipped: { word: 'Skipped', tone: 'calm' },
  deleted: { word: 'Deleted', tone: 'calm' },
  archived: { word: 'Archived', tone: 'calm' },
};

export const DISCREPANCIES: Readonly<Record<DiscrepancyStatus, Word & { readonly meaning: string }>> = {
  missing_in_db: {
    word: 'No interviewer',
    tone: 'bad',
    meaning: 'The platform cannot offer this agent. A sync makes its interviewer.',
  },
  missing_in_retell: {
    word: 'Agent gone',
    tone: 'bad',
    meaning: 'The platform offers an interviewer that nobody plays. A sync asks Retell once more, then orphans it.',
  },
  voice_mismatch: { word: 'Other voice', tone: 'warn', meaning: "A sync takes over Retell's voice." },
  name_mismatch: { word: 'Other name', tone: 'warn', meaning: 'A sync brings the newer name to the other side.' },
  orphaned: {
    word: 'Back again',
    tone: 'warn',
    meaning: 'Its agent is back, but the interviewer is still out of use. A sync restores it.',
  },
};

export const RUN_STATUSES: Readonly<Record<Run['status'], Word>> = {
  running: { word: 'Running', tone: 'live' },
  succeeded: { word: 'Done', tone: 'good' },
  partial: { word: 'Continues', tone: 'warn' },
  held: { word: 'Held back', tone: 'warn' },
  failed: { word: 'Failed', tone: 'bad' },
};

/** What a run that waits for a person met. */
export function holdOf({ error_code }: Run): 'account' | 'orphans' {
  return error_code === 'account_mismatch' ? 'account' : 'orphans';
}

export const HELD: Readonly<Record<ReturnType<typeof holdOf>, { readonly title: string; readonly meaning: string }>> = {
  orphans: {
    title: 'The guard held back the last sync',
    meaning:
      'It would have orphaned more interviewers than is usual. Everything else was carried out; these stay active until somebody decides.',
  },
  account: {
    title: 'The last sync met what looks like another Retell account',
    meaning: 'It has none of the agents of the active interviewers. Nothing was written; check RETELL_API_KEY.',
  },
};

export const HEALTH: Readonly<Record<HealthStatus, Word>> = {
  excellent: { word: 'Excellent', tone: 'good' },
  good: { word: 'Good', tone: 'good' },
  fair: { word: 'Fair', tone: 'warn' },
  poor: { word: 'Poor', tone: 'bad' },
};

export const RUN_KINDS: Readonly<Record<Run['kind'], string>> = {
  sync: 'Sync',
  audit: 'Check',
  scheduled: 'Scheduled sync',
  cleanup: 'Cleanup',
  restore: 'Restore',
  webhook: 'Webhook',
};

export const TRIGGERS: Readonly<Record<Run['trigger'], string>> = {
  manual: 'by hand',
  schedule: 'by the schedule',
  start: 'at the start',
  webhook: 'by an event',
  continuation: 'continued',
};
