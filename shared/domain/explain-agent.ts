/** Explains, rule by rule, why one agent is or is not in sync. */
import type { Explanation, RuleResult } from '../api/audit.ts';
import type { Agent, Interviewer } from './agent.ts';
import { checkRules, type EligibilityRules, fromAgent, NO_VOICE } from './eligibility.ts';
import { namesAgree } from './merge-name.ts';

type AgentVerdict = Pick<Explanation, 'in_step' | 'summary' | 'rules'>;

export function explainAgent(agent: Agent | null, row: Interviewer | null, rules: EligibilityRules): AgentVerdict {
  const eligibility = agent === null ? [] : checkRules(fromAgent(agent), rules);
  const verdicts: RuleResult[] = [
    agent === null ? failed('in_retell', 'Retell has no such agent') : passed('in_retell', 'Retell has the agent'),
    ...eligibility.map(({ rule, passed, reason }) =>
      rule === 'name_pattern' && !passed
        ? { rule, passed, reason, hint: wordsHint(rules.nameWords) }
        : { rule, passed, reason },
    ),
    rowVerdict(row),
    ...(agent === null || row === null ? [] : fieldVerdicts(agent, row)),
  ];
  return verdictOf(agent !== null && eligibility.every(({ passed }) => passed), row, verdicts);
}

/**
 * Explains an agent that `get-agent` does not return, by the reason for which the last sync skipped it in the listing.
 * An agent of another channel than voice is only in the listing. null: the listing does not explain it.
 */
export function explainListed(skip_reason: string | null, row: Interviewer | null): AgentVerdict | null {
  if (skip_reason !== NO_VOICE) return null;
  const reason =
    'Not a voice agent: the last sync found it in the listing of Retell with another channel, such as chat';
  return verdictOf(false, row, [
    passed('in_retell', 'Retell lists the agent'),
    failed('voice', reason),
    rowVerdict(row),
  ]);
}

function verdictOf(eligible: boolean, row: Interviewer | null, verdicts: readonly RuleResult[]): AgentVerdict {
  const failures = verdicts.filter(({ passed }) => passed === false);
  return { in_step: isInSync(eligible, row, failures), summary: summarize(eligible, row, failures), rules: verdicts };
}

/** What would make the name match. */
function wordsHint(words: readonly string[]): string {
  const named = words.map((word) => JSON.stringify(word)).join(', ');
  const start = words.length === 1 ? `with ${named}` : `with one of ${named}`;
  return `It matches once a word of the name starts ${start}: rename the agent in Retell, or add a word to INTERVIEW_NAME_PATTERNS.`;
}

/**
 * An agent that is not eligible is in sync if it has no active row, and so is an agent whose row the platform deleted.
 */
function isInSync(eligible: boolean, row: Interviewer | null, failures: readonly RuleResult[]): boolean {
  if (row?.sync_status === 'deleted') return true;
  return eligible ? failures.length === 0 : row?.sync_status !== 'active';
}

function summarize(eligible: boolean, row: Interviewer | null, failures: readonly RuleResult[]): string {
  const reasons = failures.map(({ reason }) => reason).join('. ');
  if (row?.sync_status === 'deleted') return 'The interviewer was deleted in the platform; a sync never restores it.';
  if (eligible) return failures.length === 0 ? 'In sync.' : `Out of sync: ${reasons}. A sync fixes it.`;
  return row?.sync_status === 'active'
    ? `Out of sync: ${reasons}. A sync orphans the interviewer.`
    : `No interviewer needed: ${reasons}.`;
}

function rowVerdict(row: Interviewer | null): RuleResult {
  if (row === null) return failed('in_database', 'No interviewer has this agent');
  if (row.sync_status === 'active') return passed('in_database', 'An active interviewer has this agent');
  const is = row.orphaned_at === null ? 'is' : 'has been';
  const since = row.orphaned_at === null ? '' : ` since ${row.orphaned_at.toISOString()}`;
  const why = row.orphan_reason === null ? '' : `: ${row.orphan_reason}`;
  return failed('in_database', `The interviewer ${is} ${row.sync_status}${since}${why}`);
}

function fieldVerdicts(agent: Agent, row: Interviewer): readonly RuleResult[] {
  const name = { rule: 'same_name', what: 'Name', database: row.name, retell: agent.agent_name };
  const voice = { rule: 'same_voice', what: 'Voice', database: row.voice_id, retell: agent.voice_id };
  return [
    namesAgree(row, agent.agent_name)
      ? passed(name.rule, describeAgreement(name))
      : failed(name.rule, describeDrift(name)),
    row.voice_id === agent.voice_id
      ? passed(voice.rule, describeAgreement(voice))
      : failed(voice.rule, describeDrift(voice)),
  ];
}

interface ComparedField {
  readonly what: string;
  readonly database: string | null;
  readonly retell: string | null;
}

/** Names that agree may differ: FoloUp's own pairs do. */
function describeAgreement({ what, database, retell }: ComparedField): string {
  return database === retell
    ? `${what} is ${JSON.stringify(retell)} on both sides`
    : `${what} is ${JSON.stringify(database)} in the database and ${JSON.stringify(retell)} in Retell, as agreed`;
}

function describeDrift({ what, database, retell }: ComparedField): string {
  return `${what} is ${JSON.stringify(database)} in the database, ${JSON.stringify(retell)} in Retell`;
}

function passed(rule: string, reason: string): RuleResult {
  return { rule, passed: true, reason };
}

function failed(rule: string, reason: string): RuleResult {
  return { rule, passed: false, reason };
}
