import { useQuery } from '@tanstack/preact-query';
import * as v from 'valibot';
import { type AgentOverview, type AgentUnreadable, AgentUnreadableResponse } from '../data/api-types.ts';
import { agents, explanation, status as statusQuery, useFailure } from '../data/queries.ts';
import type { RequestError } from '../data/request-error.ts';
import { AGENT_STATES } from '../labels.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { QueryNotice } from '../ui/notice.tsx';
import { Sentence, Value } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';
import { AgentName } from './agent-link.tsx';
import { ExplainedAgent, Verdict } from './explained-agent.tsx';
import { KnownAgent } from './known-agent.tsx';

/** Explains why an agent is or is not in sync; reads it from Retell on opening and after each run. */
export function AgentDetails({ agent_id, titleId }: { agent_id: string; titleId: string }) {
  const explaining = useQuery(explanation(agent_id));
  const { data: explained, dataUpdatedAt } = explaining;
  const failure = useFailure(explaining);
  const { data: known } = useQuery({ ...agents, select: (all) => all.find((agent) => agent.agent_id === agent_id) });
  const unreadable = failure === null ? null : unreadableOf(failure.error);
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
      {explained !== undefined && <ExplainedAgent explanation={explained} verifiedAt={dataUpdatedAt} />}
      {explained === undefined && known !== undefined && <LastSeen agent={known} />}
      {explained === undefined && unreadable !== null && (
        <KnownAgent sides={{ ...unreadable, retell: undefined }} history={unreadable.history} />
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
      {/* Green would say that it holds now. */}
      <Verdict tone="calm" word={AGENT_STATES[state].word}>
        {reason !== AGENT_STATES[state].word && <Sentence text={reason} />}
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
