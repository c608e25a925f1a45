import { useQuery } from '@tanstack/preact-query';
import type { ComponentChildren } from 'preact';
import type { AgentOverview, Explanation } from '../data/api-types.ts';
import { agents, explanation } from '../data/queries.ts';
import { AGENT_STATES, type Label, RULES, type Tone } from '../labels.ts';
import { RunLink } from '../runs/run-link.tsx';
import { Badge } from '../ui/badge.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Loading } from '../ui/loading.tsx';
import { FailureNotice } from '../ui/notice.tsx';
import { Sentence, Value } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';
import { AgentName } from './agent-link.tsx';
import { BothSides } from './both-sides.tsx';

/** Explains why an agent is or is not in sync; asks Retell on opening and after each run. */
export function AgentDetails({ agent_id, titleId }: { agent_id: string; titleId: string }) {
  const { data: explained, error } = useQuery(explanation(agent_id));
  const { data: known } = useQuery({ ...agents, select: (all) => all.find((agent) => agent.agent_id === agent_id) });
  const name = explained?.retell?.agent_name ?? explained?.interviewer?.name ?? known?.name;
  return (
    <>
      <h2 id={titleId}>{name === undefined ? 'Agent' : <AgentName agent_id={agent_id} name={name} />}</h2>
      <p>
        <code>
          <Value text={agent_id} />
        </code>{' '}
        <CopyButton text={agent_id} what="agent id" />
      </p>
      {error !== null && <FailureNotice error={error} />}
      {explained !== undefined && <Explained explanation={explained} />}
      {explained === undefined && error === null && <Loading what="the agent from Retell" />}
      {explained === undefined && known !== undefined && <LastSeen agent={known} />}
    </>
  );
}

/** Shows the entry of the list while Retell has not responded. */
function LastSeen({ agent: { state, reason, voice_id, language, last_synced_at } }: { agent: AgentOverview }) {
  return (
    <>
      <Verdict {...AGENT_STATES[state]}>
        <Sentence text={reason} />
      </Verdict>
      <dl class="facts">
        <dt>Voice</dt>
        <dd>{voice_id ?? '–'}</dd>
        <dt>Language</dt>
        <dd>{language ?? '–'}</dd>
        <dt>Last changed</dt>
        <dd>{last_synced_at === null ? '–' : <Time at={last_synced_at} exact />}</dd>
      </dl>
      <p class="muted">As last seen. Rules and history follow once Retell has responded.</p>
    </>
  );
}

function Explained({ explanation }: { explanation: Explanation }) {
  const { in_step, summary, rules, history } = explanation;
  return (
    <>
      <Verdict {...verdictOf(explanation)}>
        <Sentence text={summary} />
      </Verdict>
      <h3>Rules</h3>
      <ol class="items rules">
        {rules.map(({ rule, passed, reason }) => (
          <li key={rule}>
            <Badge tone={ruleTone(passed, in_step)} word={ruleWord(passed)} quiet />
            <span>
              <strong>{RULES[rule] ?? rule}</strong>
              <span class="muted">
                <Sentence text={reason} />
              </span>
            </span>
          </li>
        ))}
      </ol>
      <h3>Both sides</h3>
      <BothSides explanation={explanation} />
      <h3>Timeline</h3>
      {history.length === 0 ? <p class="empty">No run has changed it yet.</p> : <Timeline entries={history} />}
    </>
  );
}

function Verdict({ tone, word, children }: Label & { children: ComponentChildren }) {
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

/** A failed rule is no problem if no interviewer is needed. */
function ruleTone(passed: boolean | null, inSync: boolean): Tone {
  if (passed === true) return 'good';
  return passed === null || inSync ? 'calm' : 'bad';
}

function ruleWord(passed: boolean | null): string {
  return passed === null ? 'Not judged' : passed ? 'Yes' : 'No';
}

function Timeline({ entries }: { entries: Explanation['history'] }) {
  return (
    <ol class="items">
      {entries.map(({ run_id, action, reason, logged_at }) => (
        <li key={`${run_id} ${action} ${reason}`}>
          <span class="muted">
            <Time at={logged_at} exact /> · <RunLink id={run_id}>run {run_id}</RunLink>
          </span>
          <div>
            <strong>{action.replaceAll('_', ' ')}</strong> <Sentence text={reason} />
          </div>
        </li>
      ))}
    </ol>
  );
}
