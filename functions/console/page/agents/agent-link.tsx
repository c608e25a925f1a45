import { useQuery } from '@tanstack/preact-query';
import { agents } from '../data/queries.ts';
import { useRoute } from '../routing/navigation.ts';
import { hrefWithDrawer } from '../routing/route.ts';
import { Value } from '../ui/text.tsx';
import { shortIds } from './short-ids.ts';

interface AgentProps {
  /** null: the agent does not exist yet. */
  agent_id: string | null;
  name: string;
}

/** An agent's name, with the end of its id if other agents have the same name. */
export function AgentName({ agent_id, name }: AgentProps) {
  const { data: endings } = useQuery({ ...agents, select: shortIds });
  const ending = agent_id === null ? undefined : endings?.get(agent_id);
  return (
    <>
      {name.trim() === '' ? <em>no name</em> : <Value text={name} />}
      {ending !== undefined && (
        <span class="short-id">
          {' '}
          …<Value text={ending} />
        </span>
      )}
    </>
  );
}

/** Opens the agent's drawer over the view. */
export function AgentLink({ agent_id, name }: AgentProps) {
  const route = useRoute();
  if (agent_id === null) return <AgentName agent_id={agent_id} name={name} />;
  return (
    <a class="name" href={hrefWithDrawer(route, { kind: 'agent', id: agent_id })}>
      <AgentName agent_id={agent_id} name={name} />
    </a>
  );
}
