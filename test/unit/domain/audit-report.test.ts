import { describe, expect, test } from '@jest/globals';
import type { AuditReport } from '../../../shared/api/audit.ts';
import { type AuditReportInput, auditReport, cutAuditReport } from '../../../shared/domain/audit-report.ts';
import { type WarningInput, warningsOf } from '../../../shared/domain/warnings.ts';
import { agentOf, NOW, observedOf, orphanOf, RULES, rowOf } from './builders.ts';

const NO_CHANGES = { by_webhook: 0, by_schedule: 0, events_arrive: false };

const INPUT: AuditReportInput = {
  observed: observedOf(
    ['agent_1', 'agent_2', 'agent_3', 'agent_4'].map((agent_id) =>
      agentOf({ agent_id, agent_name: `Bob ${agent_id}` }),
    ),
  ),
  rows: [
    rowOf({ agent_id: 'agent_1', name: 'Bob agent_1' }),
    rowOf({ agent_id: 'agent_2', name: 'Bob', voice_id: 'v2' }),
    orphanOf({ agent_id: 'agent_3' }),
    rowOf({ agent_id: 'agent_9' }),
    orphanOf({ agent_id: 'agent_8' }),
    rowOf({ agent_id: null }),
  ],
  rules: RULES,
  drafts: [],
  conflicts: [],
  change_sources: NO_CHANGES,
  now: NOW,
};

test('an audit counts both sides, and names the remedy of each discrepancy', () => {
  expect(auditReport(INPUT)).toMatchObject({
    timestamp: NOW.toISOString(),
    summary: {
      total_retell_agents: 4,
      voice_enabled_retell_agents: 4,
      total_database_agents: 5,
      active_database_agents: 3,
      orphaned_database_agents: 2,
      sync_discrepancies: 5,
    },
    discrepancies: [
      { agent_id: 'agent_2', status: 'voice_mismatch', points: 5 },
      { agent_id: 'agent_2', status: 'name_mismatch', points: 5 },
      { agent_id: 'agent_3', status: 'orphaned', points: 20 },
      { agent_id: 'agent_4', status: 'missing_in_db', points: 20 },
      { agent_id: 'agent_9', status: 'missing_in_retell', points: 20 },
    ],
    recommendations: [
      "1 interviewer with another voice than in Retell: run a sync, which takes Retell's.",
      '1 interviewer with another name than in Retell: run a sync, which merges the names or says in errors why it cannot.',
      '1 orphan whose agent is back: run a sync, which makes it active again.',
      '1 agent without an interviewer: run a sync, which creates it.',
      '1 active interviewer without an eligible agent in Retell: run a sync, which reads the agent again and orphans what is gone; if the guard blocks it, look at the agents that it names and confirm.',
      '2 orphans to clean up: a dry run of the cleanup shows what it would do.',
    ],
    advice: [
      {
        code: 'orphans_to_clean_up',
        action: 'preview_cleanup',
        agent_ids: [],
        text: '2 orphans to clean up: a dry run of the cleanup shows what it would do.',
      },
    ],
    health_score: 30,
    health_status: 'poor',
  });
});

test('an audit of two sides in sync recommends nothing', () => {
  const report = auditReport({ ...INPUT, observed: observedOf([agentOf()]), rows: [rowOf()] });
  expect(report).toMatchObject({
    discrepancies: [],
    recommendations: [],
    health_score: 100,
    health_status: 'excellent',
  });
});

describe('an audit report', () => {
  const drafts = [{ agent_id: 'agent_2', fields: ['voice_id'] }];
  const observed = observedOf(
    ['agent_1', 'agent_2', 'agent_3'].map((agent_id) => agentOf({ agent_id, is_published: false })),
  );
  const report = auditReport({ ...INPUT, observed, drafts, rows: [] });

  test('is not cut if its lists fit', () => {
    expect(cutAuditReport(report, 5)).toBe(report);
  });

  test('has its lists cut if they do not fit, and those within its warnings', () => {
    expect(report.advice.map(({ agent_ids }) => agent_ids.length)).toEqual([1, 3]);
    const cut = cutAuditReport(report, 2);
    expect(cut).toEqual({
      ...report,
      discrepancies: report.discrepancies.slice(0, 2),
      recommendations: report.recommendations.slice(0, 2),
      advice: report.advice.map((advice) => ({ ...advice, agent_ids: advice.agent_ids.slice(0, 2) })),
      truncated: true,
    });
  });

  const NO_IDS = {
    code: 'webhooks_missing',
    text: 'x',
    action: 'check_webhook_url',
    agent_ids: [],
    kind: 'webhooks_missing',
    details: 'x',
  } as const;
  test.each<[string, Partial<AuditReport>]>([
    ['discrepancies', { discrepancies: report.discrepancies }],
    ['recommendations', { recommendations: ['a', 'b', 'c'] }],
    ['advice', { advice: [NO_IDS, NO_IDS, NO_IDS] }],
    ['ids', { advice: report.advice.slice(1) }],
  ])('is marked as truncated if only its %s are cut', (_, lists) => {
    const whole: AuditReport = { ...report, discrepancies: [], recommendations: [], advice: [], ...lists };
    expect(cutAuditReport(whole, 2)).toHaveProperty('truncated', true);
    expect(cutAuditReport(whole, 3)).toBe(whole);
  });
});

function warningOf(code: string, action: string, { agent_ids, text }: { agent_ids: string[]; text: string }) {
  return { code, text, action, agent_ids, kind: code, details: text };
}

describe('a warning', () => {
  const warningsFor = (given: Partial<WarningInput>) =>
    warningsOf({ eligible: [], orphans: [], drafts: [], conflicts: [], change_sources: NO_CHANGES, ...given });

  test('names a draft that differs from the published version', () => {
    const drafts = [{ agent_id: 'agent_1', fields: ['agent_name', 'voice_id'] }];
    const draft = agentOf({ is_published: false, version: 4 });
    expect(warningsFor({ eligible: [draft], drafts })).toEqual([
      warningOf('unpublished_draft', 'publish_agent', {
        agent_ids: ['agent_1'],
        text: 'Agent "Bob" (agent_1) has an unpublished draft, version 4, that differs from the published version in agent_name, voice_id: publish it in Retell, or set RETELL_AGENT_VERSION=latest_published to sync only what is published.',
      }),
    ]);
    expect(warningsFor({ eligible: [agentOf()], drafts })).toEqual([]);
    expect(warningsFor({ eligible: [draft], drafts: [{ agent_id: 'agent_1', fields: [] }] })).toEqual([]);
    expect(warningsFor({ eligible: [draft] })).toEqual([]);
  });

  test('names agents that share a name', () => {
    const bobs = (count: number) => Array.from({ length: count }, (_, index) => agentOf({ agent_id: `a${index}` }));
    const details = (count: number, ids: string) =>
      `${count} agents are named "Bob" (${ids}): rename all but one in Retell, so that people can distinguish them.`;
    const [two] = warningsFor({ eligible: [...bobs(2), agentOf({ agent_name: 'Lisa' })] });
    expect(two).toEqual(
      warningOf('duplicate_name', 'rename_agent', { agent_ids: ['a0', 'a1'], text: details(2, 'a0, a1') }),
    );
    expect(warningsFor({ eligible: bobs(5) })[0]?.details).toBe(details(5, 'a0, a1, a2, a3, a4'));
    expect(warningsFor({ eligible: bobs(6) })[0]?.details).toBe(details(6, 'a0, a1, a2, a3, a4, ...'));
  });

  test.each([
    ['full-width letters', '\uff22\uff4f\uff42'],
    ['a ligature', 'Bo\ufb01', 'Bofi'],
    ['a combining accent', 'Zoe\u0308', 'Zo\u00eb'],
    ['a no-break space', 'Bob\u00a0B', 'Bob B'],
    ['a zero-width space', 'B\u200bob'],
    ['an invisible tag', 'Bob\u{e0041}'],
    ['a space at its end', 'Bob '],
  ])('[S95] names agents that only %s distinguishes', (_, name, other = 'Bob') => {
    const eligible = [agentOf({ agent_id: 'a0', agent_name: other }), agentOf({ agent_id: 'a1', agent_name: name })];
    const names = `${JSON.stringify(other)} or ${JSON.stringify(name)}`;
    expect(warningsFor({ eligible })).toMatchObject([
      { code: 'duplicate_name', text: expect.stringContaining(`2 agents are named ${names} (a0, a1)`) },
    ]);
  });

  test('does not treat letters of other scripts or another case as equal', () => {
    const names = ['Bob', 'bob', 'B\u043eb', 'Bobby'];
    expect(
      warningsFor({ eligible: names.map((agent_name, at) => agentOf({ agent_id: `a${at}`, agent_name })) }),
    ).toEqual([]);
  });

  test('names an orphan that looks re-created', () => {
    const eligible = [agentOf({ agent_id: 'agent_2' })];
    expect(warningsFor({ eligible, orphans: [orphanOf()] })).toEqual([
      warningOf('recreated_agent', 'move_interviews', {
        agent_ids: ['agent_1', 'agent_2'],
        text: 'Orphan "Bob" (agent_1) looks re-created in Retell as agent_2: point its interviews to the new agent\'s interviewer; the next cleanup then archives the orphan.',
      }),
    ]);
    expect(warningsFor({ eligible, orphans: [orphanOf({ name: 'Lisa' })] })).toEqual([]);
    expect(warningsFor({ eligible: [agentOf()], orphans: [orphanOf()] })).toEqual([]);
  });

  test('names agents whose own webhook points elsewhere or receives no calls', () => {
    const eligible = [
      agentOf({ agent_id: 'a1', agent_name: 'A', webhook_url: 'https://example.org/api/retell-webhook' }),
      agentOf({ agent_id: 'a2', agent_name: 'B', webhook_url: 'https://example.org/hooks' }),
      agentOf({ agent_id: 'a3', agent_name: 'C', webhook_url: 'not a URL' }),
      agentOf({ agent_id: 'a4', agent_name: 'D', webhook_events: ['transcript_updated'] }),
      agentOf({ agent_id: 'a5', agent_name: 'E', webhook_events: ['call_ended'] }),
    ];
    expect(warningsFor({ eligible })).toEqual([
      warningOf('webhook_elsewhere', 'change_agent_webhook', {
        agent_ids: ['a2', 'a3'],
        text: '2 agents (a2, a3) with a webhook URL of their own that points elsewhere: changes of them are found only by the schedule.',
      }),
      warningOf('webhook_elsewhere', 'change_agent_webhook', {
        agent_ids: ['a4'],
        text: '1 agent (a4) with webhook events that leave the calls out: changes of them are found only by the schedule.',
      }),
    ]);
  });

  test('does not name HTTP methods', () => {
    const draft = agentOf({ is_published: false, webhook_url: 'https://example.org/' });
    const warnings = warningsFor({
      eligible: [draft, agentOf({ agent_id: 'agent_2' })],
      orphans: [orphanOf({ agent_id: 'agent_9' })],
      drafts: [{ agent_id: 'agent_1', fields: ['x'] }],
      change_sources: { by_webhook: 0, by_schedule: 9, events_arrive: false },
    });
    expect(new Set(warnings.map(({ code }) => code)).size).toBe(5);
    for (const { text } of warnings) expect(text).not.toMatch(/\b(GET|POST|\/api)\b/);
  });

  test('is given if webhooks do not seem to arrive', () => {
    expect(warningsFor({ change_sources: { by_webhook: 2, by_schedule: 3, events_arrive: false } })).toEqual([
      warningOf('webhooks_missing', 'check_webhook_url', {
        agent_ids: [],
        text: '60 % of the last 5 changes were found only by the schedule, and no event has arrived for three days: check the webhook URL in Retell and RETELL_WEBHOOK_SECRET.',
      }),
    ]);
    expect(warningsFor({ change_sources: { by_webhook: 3, by_schedule: 3, events_arrive: false } })).toEqual([]);
    expect(warningsFor({ change_sources: { by_webhook: 0, by_schedule: 4, events_arrive: false } })).toEqual([]);
  });

  test('is not given while events arrive, because Retell sends none for a change', () => {
    expect(warningsFor({ change_sources: { by_webhook: 0, by_schedule: 9, events_arrive: true } })).toEqual([]);
  });
});

test('an audit of another account recommends to check the key before anything else', () => {
  const rows = ['agent_6', 'agent_7', 'agent_8'].map((agent_id) => rowOf({ agent_id }));
  const { recommendations, advice } = auditReport({ ...INPUT, rows });
  expect(recommendations[0]).toMatch(/another account.*RETELL_API_KEY/);
  expect(advice[0]).toMatchObject({
    code: 'other_account',
    action: 'check_api_key',
    agent_ids: ['agent_6', 'agent_7', 'agent_8'],
    text: recommendations[0],
  });
});

test('an open conflict is a warning with both names, the agent and the run', () => {
  const conflict = {
    agent_id: 'agent_1',
    name: 'Lisa',
    retell_name: 'Lisa',
    database_name: 'Bob',
    run_id: 7,
    decided_at: NOW.toISOString(),
  };
  const text =
    '"Lisa" (agent_1) was renamed on both sides, and the name in Retell replaced "Bob" in the database: acknowledge the conflict, or undo run 7 to have the name of the database on both sides.';
  const report = auditReport({ ...INPUT, observed: observedOf([agentOf()]), rows: [rowOf()], conflicts: [conflict] });
  expect(report.advice).toContainEqual({
    code: 'name_conflict',
    kind: 'name_conflict',
    action: 'acknowledge_or_undo',
    agent_ids: ['agent_1'],
    text,
    details: text,
  });
});

test('an audit counts the agents that were left out as in sync', () => {
  const observed = observedOf([agentOf()]);
  const left_out = { in_sync: 4, linked_rows: 5, orphaned_rows: 1 };
  const report = auditReport({ ...INPUT, observed: { ...observed, left_out }, rows: [rowOf()] });
  expect(report.summary).toMatchObject({ total_retell_agents: 5, total_database_agents: 6 });
});
