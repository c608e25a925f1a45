/** Judges one agent rule by rule, for people who ask why. */
import type { Agent, Interviewer } from './agent.ts';
import { checkRules, fromAgent } from './eligibility.ts';

export interface RuleVerdict {
  readonly rule: string;
  /** null: it could not be judged, because an earlier rule failed. */
  readonly passed: boolean | null;
  readonly reason: string;
}

export interface AgentVerdict {
  readonly in_step: boolean;
  readonly summary: string;
  readonly rules: readonly RuleVerdict[];
}

export function judgeAgent(agent: Agent | null, row: Interviewer | null, namePatterns: RegExp): AgentVerdict {
  const eligibility = agent === null ? [] : checkRules(fromAgent(agent), namePatterns);
  const rules: RuleVerdict[] = [
    verdict('in_retell', agent !== null, 'Retell has the agent', 'Retell says that there is no such agent'),
    ...eligibility.map(({ rule, passed, reason }) => ({ rule, passed, reason })),
    rowVerdict(row),
    ...(agent === null || row === null ? [] : fieldVerdicts(agent, row)),
  ];
  const failed = rules.filter(({ passed }) => passed === false);
  const eligible = agent !== null && eligibility.every(({ passed }) => passed);
  return { in_step: inStep(eligible, row, failed), summary: summary(eligible, row, failed), rules };
}

/** An agent that is not eligible is in step when no active row stands for it; so is one that the platform deleted. */
function inStep(eligible: boolean, row: Interviewer | null, failed: readonly RuleVerdict[]): boolean {
  if (row?.sync_status === 'deleted') return true;
  return eligible ? failed.length === 0 : row?.sync_status !== 'active';
}

function summary(eligible: boolean, row: Interviewer | null, failed: readonly RuleVerdict[]): string {
  const reasons = failed.map(({ reason }) => reason).join('. ');
  if (row?.sync_status === 'deleted')
    return 'The interviewer was deleted in the platform; a sync never brings it back.';
  if (eligible) return failed.length === 0 ? 'In step.' : `Out of step: ${reasons}. A sync mends it.`;
  return row?.sync_status === 'active'
    ? `Out of step: ${reasons}. A sync orphans the interviewer.`
    : `Rightly without an active interviewer: ${reasons}.`;
}

function rowVerdict(row: Interviewer | null): RuleVerdict {
  if (row === null) return { rule: 'in_database', passed: false, reason: 'No interviewer has this agent' };
  if (row.sync_status === 'active')
    return { rule: 'in_database', passed: true, reason: 'An active interviewer has this agent' };
  const is = row.orphaned_at === null ? 'is' : 'has been';
  const since = row.orphaned_at === null ? '' : ` since ${row.orphaned_at.toISOString()}`;
  const why = row.orphan_reason === null ? '' : `: ${row.orphan_reason}`;
  return { rule: 'in_database', passed: false, reason: `The interviewer ${is} ${row.sync_status}${since}${why}` };
}

function fieldVerdicts(agent: Agent, row: Interviewer): readonly RuleVerdict[] {
  return [
    equal('same_name', 'Name', row.name, agent.agent_name),
    equal('same_voice', 'Voice', row.voice_id, agent.voice_id),
  ];
}

function equal(rule: string, what: string, database: string | null, retell: string | null): RuleVerdict {
  return verdict(
    rule,
    database === retell,
    `${what} is ${JSON.stringify(retell)} on both sides`,
    `${what} is ${JSON.stringify(database)} in the database, ${JSON.stringify(retell)} in Retell`,
  );
}

function verdict(rule: string, passed: boolean, yes: string, no: string): RuleVerdict {
  return { rule, passed, reason: passed ? yes : no };
}
