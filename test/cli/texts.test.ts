/** What people read: data in, text out. */
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { auditLines } from '../../infra/cli/text/audit-text.ts';
import { cleanupLines } from '../../infra/cli/text/cleanup-text.ts';
import { waitingLines } from '../../infra/cli/text/confirmation-text.ts';
import { explainLines } from '../../infra/cli/text/explain-text.ts';
import { failureLines } from '../../infra/cli/text/failure-text.ts';
import { planLines } from '../../infra/cli/text/plan-text.ts';
import { runLines, runsLines } from '../../infra/cli/text/runs-text.ts';
import { statusLines } from '../../infra/cli/text/status-text.ts';
import { colored, plain } from '../../infra/cli/text/style.ts';
import type { Explanation } from '../../shared/api/audit.ts';
import { ERRORS } from '../../shared/api/errors.ts';
import * as examples from '../../shared/api/examples.ts';
import type { SyncReport } from '../../shared/api/sync.ts';

const NOW = new Date('2026-03-12T19:09:00.000Z');

const report: SyncReport = {
  ...examples.syncReport,
  dry_run: true,
  run_id: null,
  counts: {
    ...examples.syncReport.counts,
    created: 1_202,
    updated: 1,
    orphaned: 1,
    conflicts: 1,
    errors: 1,
    skipped: 3,
  },
  created: [
    { agent_id: 'agent_1', name: 'Explorer Lisa', reason: 'New voice-enabled agent from Retell AI' },
    { agent_id: 'agent_2', name: '面接 🎧', reason: 'New voice-enabled agent from Retell AI' },
  ],
  updated: [
    {
      agent_id: 'agent_3',
      name: 'Bob ',
      reason: 'name: "Bob" -> "Bob "; agent_version: null -> 3',
      changes: [
        { field: 'name', from: 'Bob', to: 'Bob ' },
        { field: 'agent_version', from: null, to: 3 },
      ],
    },
  ],
  orphaned: [{ agent_id: 'agent_4', name: 'Old', reason: 'Agent no longer exists in Retell' }],
  conflicts: [
    {
      agent_id: 'agent_5',
      name: 'Li\u200Bsa',
      reason: 'Renamed on both sides: "Li\u200Bsa" in Retell, "Lisa" in the database; Retell wins',
      retell_name: 'Li\u200Bsa',
      database_name: 'Lisa',
      changes: [{ field: 'name', from: 'Lisa', to: 'Li\u200Bsa' }],
    },
  ],
  errors: [{ agent_id: null, name: 'An agent without an id', reason: 'Entry 3 has no id' }],
  skipped: [
    { agent_id: 'a', name: 'A', reason: 'No voice' },
    { agent_id: 'b', name: 'B', reason: 'No match' },
    { agent_id: 'c', name: 'C', reason: 'No match' },
  ],
};

test('a plan shows each change with old and new value or reason, what a cut list leaves out, and a summary', () => {
  expect(planLines(report, plain)).toEqual([
    '  + create  "Explorer Lisa"  agent_1  New voice-enabled agent from Retell AI',
    '  + create  "面接 🎧"        agent_2  New voice-enabled agent from Retell AI',
    '  + ... and 1,200 more to create',
    '  ~ update  "Bob␣"  agent_3',
    '      name           "Bob" -> "Bob␣"',
    '      agent_version  null -> 3',
    '  - orphan  "Old"  agent_4  Agent no longer exists in Retell',
    String.raw`  ! conflict  "Li\u200Bsa"  agent_5`,
    String.raw`      name  "Lisa" -> "Li\u200Bsa"`,
    String.raw`      Renamed on both sides: "Li\u200Bsa" in Retell, "Lisa" in the database; Retell wins`,
    '  x error  "An agent without an id"  no agent yet  Entry 3 has no id',
    '',
    'Plan: 1,202 to create, 1 to update, 1 to orphan, 1 conflict, 1 error.',
    '11 unchanged, 3 skipped; 0.8 s, 2 calls to Retell.',
    '  2 skipped: No match',
    '  1 skipped: No voice',
  ]);
});

test('a partial sync says what was done, and what does the rest', () => {
  const counts = { ...examples.syncReport.counts, pending: 40 };
  expect(planLines({ ...examples.syncReport, counts, partial: true }, plain).slice(-3)).toEqual([
    'Done: 1 updated.',
    '11 unchanged, 0 skipped; 0.8 s, 2 calls to Retell, run 42.',
    'There was no time for 40 agents; a continuation or the next sync does the rest.',
  ]);
  const [last] = planLines({ ...examples.syncReport, partial: true }, plain).slice(-1);
  expect(last).toBe('There was no time to read back what was pushed; a continuation or the next sync does the rest.');
});

test('a status shows the state and the reason, and calls the score of an unknown state the last known score', () => {
  const lines = statusLines(examples.status, plain, NOW);
  expect(lines[0]).toBe('OUT OF SYNC  1 discrepancy between both sides');
  expect(lines).toContain('  Compared   2026-03-12 19:03:58 UTC (5 minutes ago)');
  expect(lines).toContain('  Health     95 of 100, excellent, 1 discrepancy');
  const unknown = statusLines({ ...examples.status, state: 'unknown', reason: 'Retell refused' }, plain, NOW);
  expect(unknown[0]).toBe('UNKNOWN  Retell refused');
  expect(unknown).toContain('  Health     95 of 100, excellent, 1 discrepancy (last known)');
});

test('an audit lists each discrepancy with its points, and each warning once', () => {
  const text = 'Two agents are named "Lisa".';
  const warning = {
    code: 'duplicate_name',
    kind: 'duplicate_name',
    action: 'rename_agent',
    agent_ids: [],
    text,
    details: text,
  } as const;
  const lines = auditLines({ ...examples.auditReport, advice: [warning], recommendations: [text] }, plain);
  expect(lines[0]).toMatch(/^OUT OF SYNC {2}1 discrepancy; health 95 of 100/);
  expect(lines.find((line) => line.startsWith('voice differs'))).toContain(' 4.17 ');
  expect(lines.filter((line) => line.includes(text))).toEqual([`  - duplicate_name: ${text}`]);
});

const explanation: Explanation = {
  success: true,
  agent_id: 'agent_3',
  in_step: false,
  summary: 'Out of sync: Name is "Bob" in the database, "Bob " in Retell. A sync fixes it.',
  rules: [
    { rule: 'in_retell', passed: true, reason: 'Retell has the agent' },
    { rule: 'same_name', passed: false, reason: 'Name is "Bob" in the database, "Bob " in Retell' },
    { rule: 'same_voice', passed: null, reason: 'Not judged' },
  ],
  retell: {
    agent_id: 'agent_3',
    agent_name: 'Bob ',
    voice_id: 'v1',
    version: 3,
    is_published: true,
    language: null,
    last_modification_timestamp: Date.parse('2026-03-12T19:03:58.123Z'),
    metadata: { voice_speed: 1.1 },
  },
  interviewer: {
    id: '7',
    agent_id: 'agent_3',
    name: 'Bob',
    voice_id: 'v1',
    agent_version: 2,
    language: null,
    retell_metadata: { voice_speed: 1, volume: 2 },
    retell_modified_at: '2026-03-11T08:00:00.000Z',
    orphaned_at: null,
    orphan_reason: null,
    last_synced_at: null,
    sync_status: 'active',
  },
  agreed_name: 'Bob',
  history: [
    {
      run_id: 41,
      kind: 'sync',
      trigger: 'manual',
      action: 'created',
      reason: 'New',
      undoable: false,
      logged_at: '2026-03-11T08:00:00.000Z',
    },
  ],
};

test('an explanation shows the rules, both sides next to each other with what differs, and the history', () => {
  expect(explainLines(explanation, plain)).toEqual([
    'OUT OF SYNC  "Bob" agent_3',
    'Out of sync: Name is "Bob" in the database, "Bob " in Retell. A sync fixes it.',
    '',
    '  ok  in retell   Retell has the agent',
    '  no  same name   Name is "Bob" in the database, "Bob " in Retell',
    '  ?   same voice  Not judged',
    '',
    'field           Retell                      database',
    'name            "Bob␣"                      "Bob"                       differs',
    'voice_id        "v1"                        "v1"',
    'agent_version   3                           2                           differs',
    'language        null                        null',
    'modified        "2026-03-12T19:03:58.123Z"  "2026-03-11T08:00:00.000Z"  differs',
    'sync_status                                 "active"',
    'last_synced_at                              null',
    'voice_speed     1.1                         1                           differs',
    'volume                                      2',
    '',
    'Merge base: the name both sides last had in common is "Bob".',
    '',
    'History (UTC)',
    '  2026-03-11 08:00:00  run 41  sync  created  New',
  ]);
});

test('an explanation of an agent in sync says what else the next sync updates', () => {
  const lines = explainLines({ ...explanation, in_step: true }, plain);
  expect(lines).toContain(
    'Name and voice are in sync; the next sync also updates agent_version, modified, voice_speed.',
  );
});

test('a run shows the discrepancies that it found, with the points that each cost', () => {
  const [found] = examples.auditReport.discrepancies;
  const lines = runLines({ ...examples.runDetails, lost_points: [found] }, plain, NOW);
  expect(lines.find((line) => line.startsWith('voice differs'))).toMatch(/"Empathetic Bob" .* 4\.17 /);
});

test('a list is sorted by name, numbers by their value', () => {
  const entry = { agent_id: 'agent_1', reason: 'Gone' };
  const names = ['Interview 10', 'Interview 9', 'Ada'].map((name) => ({ ...entry, name }));
  const lines = waitingLines({ message: 'Too many.', entries: names, count: 3 }, plain);
  expect(lines.slice(0, 3).map((line) => /"(.*)"/.exec(line)?.[1])).toEqual(['Ada', 'Interview 9', 'Interview 10']);
});

describe('no text from outside reaches the terminal as it is', () => {
  const hostile = 'Lisa\u001b[2J\u202e\n';
  const entry = { agent_id: `agent${hostile}`, name: hostile, reason: hostile };

  test.each<[string, () => readonly string[]]>([
    [
      'a plan',
      () =>
        planLines(
          {
            ...report,
            created: [entry],
            updated: [{ ...entry, changes: [{ field: hostile, from: hostile, to: hostile }] }],
          },
          plain,
        ),
    ],
    ['what waits', () => waitingLines({ message: hostile, entries: [entry], count: 1 }, plain)],
    ['a status', () => statusLines({ ...examples.status, reason: hostile, recommendations: [hostile] }, plain, NOW)],
    ['the runs', () => runsLines({ runs: [{ ...examples.runPage.runs[0], message: hostile }] }, plain)],
    [
      'a cleanup',
      () =>
        cleanupLines(
          {
            ...examples.cleanupReport,
            message: hostile,
            cleaned_agents: [{ ...examples.cleanupReport.cleaned_agents[0], ...entry }],
          },
          plain,
        ),
    ],
    [
      'an audit',
      () =>
        auditLines(
          {
            ...examples.auditReport,
            recommendations: [hostile],
            discrepancies: [{ ...examples.auditReport.discrepancies[0], ...entry, details: hostile }],
          },
          plain,
        ),
    ],
    [
      'an explanation',
      () =>
        explainLines(
          {
            ...explanation,
            agent_id: hostile,
            summary: hostile,
            rules: [{ rule: hostile, passed: null, reason: hostile }],
            agreed_name: hostile,
          },
          plain,
        ),
    ],
  ])('%s', (_, lines) => {
    const text = lines().join(' ');
    expect(text).toContain(String.raw`Lisa\u001B[2J\u202E\u000A`);
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

test('colors change no character of a text', () => {
  const painted = planLines(report, colored);
  expect(painted.map((line) => stripVTControlCharacters(line))).toEqual(planLines(report, plain));
  expect(painted.join('')).toContain('\u001b[32m');
});

/** What the command line shows as a question, or never sends. */
const NOT_SHOWN = new Set(['orphan_guard', 'cleanup_guard', 'undo_guard', 'invalid_json', 'invalid_event']);

test('the hint of a failure names a command, not an endpoint', () => {
  const hints = Object.entries(ERRORS)
    .filter(([code]) => !NOT_SHOWN.has(code))
    .flatMap(([code, { hint }]) => failureLines({ ok: false, code, message: '', hint, body: {} }, plain).slice(1));
  expect(hints.length).toBeGreaterThan(20);
  expect(hints.filter((hint) => /\b(GET|POST) \/|\/api\/|\{"/.test(hint))).toEqual([]);
});
