import { useQuery } from '@tanstack/preact-query';
import type { ComponentChildren } from 'preact';
import * as v from 'valibot';
import {
  type AgentOverview,
  type AgentUnreadable,
  AgentUnreadableResponse,
  type Explanation,
} from '../data/api-types.ts';
import { agents, explanation, status as statusQuery } from '../data/queries.ts';
import type { RequestError } from '../data/request-error.ts';
import { AGENT_STATES, type Label, RULES, type Tone } from '../labels.ts';
import { Commands } from '../operations/commands.tsx';
import { quoted } from '../operations/curl-line.ts';
import { useOperations } from '../operations/use-operations.tsx';
import { useRoute } from '../routing/navigation.ts';
import { hrefWithDrawer } from '../routing/route.ts';
import { RunLink } from '../runs/run-link.tsx';
import { Badge } from '../ui/badge.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { QueryNotice } from '../ui/notice.tsx';
import { Sentence, Value } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';
import { AgentName } from './agent-link.tsx';
import { BothSides, type Sides } from './both-sides.tsx';

/** Explains why an agent is or is not in sync; reads it from Retell on opening and after each run. */
export function AgentDetails({ agent_id, titleId }: { agent_id: string; titleId: string }) {
  const explaining = useQuery(explanation(agent_id));
  const { data: explained, error, dataUpdatedAt } = explaining;
  const { data: known } = useQuery({ ...agents, select: (all) => all.find((agent) => agent.agent_id === agent_id) });
  const unreadable = error === null ? null : unreadableOf(error);
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
      <QueryNotice query={explaining} what="the agent from Retell" />
      {explained !== undefined && <Explained explanation={explained} verifiedAt={dataUpdatedAt} />}
      {explained === undefined && known !== undefined && <LastSeen agent={known} />}
      {explained === undefined && unreadable !== null && (
        <Known sides={{ ...unreadable, retell: undefined }} history={unreadable.history} />
      )}
    </>
  );
}

/** What the database has about the agent, if Retell could not be reached. */
function unreadableOf({ details }: RequestError): AgentUnreadable | null {
  const parsed = v.safeParse(AgentUnreadableResponse, details.body);
  return parsed.success ? parsed.output : null;
}

/** Shows the entry of the list while Retell has not responded. */
function LastSeen({ agent: { state, reason } }: { agent: AgentOverview }) {
  const { data: status } = useQuery(statusQuery);
  const last = status?.last_check ?? null;
  return (
    <>
      <Verdict {...AGENT_STATES[state]}>
        <Sentence text={reason} />
      </Verdict>
      <p class="muted">
        As last seen
        {last !== null && (
          <>
            {', '}
            <Time at={last} />
          </>
        )}
        . The rules follow once Retell has responded.
      </p>
    </>
  );
}

interface KnownProps {
  sides: Sides;
  history: Explanation['history'];
}

/** Both sides, and the history of the agent. */
function Known({ sides, history }: KnownProps) {
  return (
    <>
      <h3>Both sides</h3>
      <BothSides sides={sides} />
      <h3>Timeline</h3>
      {history.length === 0 ? <p class="empty">No run has changed it yet.</p> : <Timeline entries={history} />}
    </>
  );
}

interface ExplainedProps {
  explanation: Explanation;
  /** When the agent was read from Retell. */
  verifiedAt: number;
}

function Explained({ explanation, verifiedAt }: ExplainedProps) {
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
      <Known sides={explanation} history={history} />
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

/** A failed rule is not a problem if no interviewer is needed. */
function ruleTone(passed: boolean | null, inSync: boolean): Tone {
  if (passed === true) return 'good';
  return passed === null || inSync ? 'calm' : 'bad';
}

function ruleWord(passed: boolean | null): string {
  return passed === null ? 'Not judged' : passed ? 'Yes' : 'No';
}

function Timeline({ entries }: { entries: Explanation['history'] }) {
  const route = useRoute();
  return (
    <ol class="items">
      {entries.map(({ run_id, action, reason, logged_at, undoable }) => (
        <li key={`${run_id} ${action} ${reason}`}>
          <span class="muted">
            <Time at={logged_at} exact /> · <RunLink id={run_id}>run {run_id}</RunLink>
          </span>
          <div>
            <strong>{action.replaceAll('_', ' ')}</strong> <Sentence text={reason} />
          </div>
          {undoable && <a href={hrefWithDrawer(route, { kind: 'run', id: String(run_id) })}>Undo …</a>}
        </li>
      ))}
    </ol>
  );
}
