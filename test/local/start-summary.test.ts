/** What `npm start` prints: numbers from counts, and first what requires a person. */
import { expect, test } from '@jest/globals';
import { type Started, startSummary } from '../../infra/local/start-summary.ts';
import * as examples from '../../shared/api/examples.ts';
import type { ScheduledSyncResponse } from '../../shared/api/scheduled-sync.ts';
import { VERSION } from '../../shared/manifest.ts';

const STARTED: Omit<Started, 'first'> = {
  url: 'http://127.0.0.1:3000',
  retell: 'your account',
  postgres: 'DATABASE_URL',
  table: { database: 'platform', schema: 'public', table: 'interviewer', role: 'app', created: false, others: [] },
  psql: null,
  schedule: 'off',
  token: null,
  sample: false,
  state: { state: 'in_sync', as_of: null, reason: 'Both sides are in sync' },
};

const entries = (count: number, name: string) =>
  Array.from({ length: count }, (_, index) => ({
    agent_id: `agent_${index}`,
    name: `${name} ${index}`,
    reason: 'why',
  }));

function summaryOf(changes: Partial<ScheduledSyncResponse['sync_result']>): string[] {
  const sync_result = { ...examples.syncReport, ...changes };
  return startSummary({ ...STARTED, first: { ...examples.scheduledSync, sync_result } }).split('\n');
}

test('the first line names the version, and another line the database and schema', () => {
  const lines = summaryOf({});
  expect(lines[1]).toBe(`voice-agent-sync ${VERSION} is running.`);
  expect(lines).toContain('  Table      public.interviewer in the database platform, found there');
});

test('numbers come from the counts, even if a list was cut', () => {
  const counts = { ...examples.syncReport.counts, created: 4_285, updated: 0, unchanged: 1_100 };
  const lines = summaryOf({ counts, created: entries(1_000, 'Lisa'), updated: [], truncated: true });
  expect(lines).toContain('    4,285 created');
  expect(lines).toContain('      ... and 4,275 more');
  expect(lines).toContain('    1,100 already in sync');
});

test('what was written to Retell comes first, and conflicts next', () => {
  const counts = { ...examples.syncReport.counts, created: 1, updated: 0, pushed: 1, conflicts: 1 };
  const [conflict] = entries(1, 'Bob').map((entry) => ({ ...entry, retell_name: 'Bob', database_name: 'Rob' }));
  const lines = summaryOf({
    counts,
    updated: [],
    created: entries(1, 'Lisa'),
    pushed: entries(1, 'Zoe'),
    conflicts: conflict === undefined ? [] : [conflict],
  });
  const titles = lines.filter((line) => /^ {4}\d/.test(line));
  expect(titles).toEqual(['    1 pushed to Retell', '    1 conflict', '    1 created', '    11 already in sync']);
  expect(lines).toContain('      Zoe 0: why');
});

test('what the guard blocked comes with the commands that show and confirm it', () => {
  const lines = summaryOf({ needs_confirmation: true, plan: 'Zb3kq0m9T2uVwXyZ4a5B6c' });
  expect(lines).toContain('    Look at it     npm run cli -- diff');
  expect(lines).toContain('    Confirm it     npm run cli -- sync --confirm Zb3kq0m9T2uVwXyZ4a5B6c');
});
