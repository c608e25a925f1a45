import type { ComponentChildren } from 'preact';
import type { Explanation } from '../data/api-types.ts';
import { AGENT_STATES, type Label, RULES, type Tone } from '../labels.ts';
import { Commands } from '../operations/commands.tsx';
import { quoted } from '../operations/curl-line.ts';
import { useOperations } from '../operations/use-operations.tsx';
import { Badge } from '../ui/badge.tsx';
import { Sentence } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';
import { KnownAgent } from './known-agent.tsx';

interface ExplainedAgentProps {
  explanation: Explanation;
  /** When the agent was read from Retell. */
  verifiedAt: number;
}

/** The verdict, each rule, and how to fix the agent. */
export function ExplainedAgent({ explanation, verifiedAt }: ExplainedAgentProps) {
  const { in_step, summary, rules, interviewer, history } = explanation;
  const verdict = verdictOf(explanation);
  return (
    <>
      <Verdict {...verdict}>
        <Sentence text={withoutWord(summary, verdict.word)} />
      </Verdict>
      <Freshness changed={interviewer?.last_synced_at ?? null} verifiedAt={verifiedAt} />
      {!in_step && <FixAgent agent_id={explanation.agent_id} />}
      <h3>Rules</h3>
      <ol class="items rules">
        {rules.map(({ rule, passed, reason, hint }) => (
          <li key={rule}>
            <Badge tone={ruleTone(passed, in_step)} word={ruleWord(passed)} quiet />
            <span>
              <strong>{RULES[rule] ?? rule}</strong>
              <span class="muted">
                <Sentence text={reason} />
              </span>
              {hint !== undefined && (
                <span class="hint">
                  <Sentence text={hint} />
                </span>
              )}
            </span>
          </li>
        ))}
      </ol>
      <KnownAgent sides={explanation} history={history} />
    </>
  );
}

function Freshness({ changed, verifiedAt }: { changed: string | null; verifiedAt: number }) {
  return (
    <p class="muted">
      {changed !== null && (
        <>
          Last changed <Time at={changed} /> ·{' '}
        </>
      )}
      Verified <Time at={verifiedAt} />
    </p>
  );
}

function FixAgent({ agent_id }: { agent_id: string }) {
  const { busy, start } = useOperations();
  const cli = `sync --agent-id ${quoted(agent_id)}`;
  const fix = { what: 'the sync of this agent', path: 'api/sync-retell-agents', body: { agent_id }, cli };
  return (
    <>
      <button type="button" disabled={busy !== null} onClick={() => start('fix', { agent_id })}>
        Fix this agent
      </button>
      <Commands actions={[fix]} />
    </>
  );
}

/** Leaves out the word that the badge already shows. */
function withoutWord(summary: string, word: string): string {
  if (summary === `${word}.`) return '';
  return summary.startsWith(`${word}: `) ? summary.slice(word.length + 2) : summary;
}

export function Verdict({ tone, word, children }: Label & { children: ComponentChildren }) {
  return (
    <p class="verdict">
      <Badge tone={tone} word={word} /> <span>{children}</span>
    </p>
  );
}

function verdictOf({ in_step, interviewer }: Explanation): Label {
  if (!in_step) return AGENT_STATES.out_of_step;
  return interviewer?.sync_status === 'active' ? AGENT_STATES.in_step : { tone: 'calm', word: 'No interviewer needed' };
}

/** A failed rule is not a problem if no interviewer is needed. */
function ruleTone(passed: boolean | null, inSync: boolean): Tone {
  if (passed === true) return 'good';
  return passed === null || inSync ? 'calm' : 'bad';
}

function ruleWord(passed: boolean | null): string {
  return passed === null ? 'Not judged' : passed ? 'Yes' : 'No';
}
