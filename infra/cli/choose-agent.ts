/** Finds the agent that a person means by an id or a name. Pure. */
import { suggestName } from '../../shared/suggest-name.ts';
import type { FailedRequest } from './client.ts';
import { shownValue } from './text/values.ts';

export interface NamedAgent {
  readonly agent_id: string;
  readonly name: string;
}

const MOST_SHOWN = 5;

/** The id; otherwise why no agent, or no single agent, has the name. */
export function chooseAgent(agents: readonly NamedAgent[], given: string): string | FailedRequest {
  const byId = agents.find(({ agent_id }) => agent_id === given);
  if (byId !== undefined) return byId.agent_id;
  const exact = agents.filter(({ name }) => name === given);
  const named = exact.length > 0 ? exact : agents.filter(({ name }) => loose(name) === loose(given));
  const [only, ...others] = named;
  if (only !== undefined && others.length === 0) return only.agent_id;
  return only === undefined ? unknown(agents, given) : ambiguous(named, given);
}

/** Ignores case, and the spaces that people do not see. */
function loose(name: string): string {
  return name.toLowerCase().trim().replaceAll(/\s+/g, ' ');
}

function ambiguous(named: readonly NamedAgent[], given: string): FailedRequest {
  const ids = named.map(({ agent_id }) => agent_id);
  const rest = ids.length > MOST_SHOWN ? ', ...' : '';
  return failure(
    'name_not_unique',
    `${ids.length} agents are named ${shownValue(given)}.`,
    `Give the id: ${ids.slice(0, MOST_SHOWN).join(', ')}${rest}.`,
  );
}

function unknown(agents: readonly NamedAgent[], given: string): FailedRequest {
  const containing = agents.filter(({ name }) => loose(name).includes(loose(given))).map(({ name }) => name);
  const suggestion = suggestName(given, [...new Set(agents.map(({ name }) => name))], 4)?.name;
  const names = containing.length > 0 ? containing.slice(0, MOST_SHOWN) : suggestion === undefined ? [] : [suggestion];
  return failure(
    'agent_not_found',
    `No agent has the id or the name ${shownValue(given)}.`,
    names.length === 0
      ? 'Copy the id from Retell, or a name from `audit` or the page.'
      : `Did you mean ${names.map(shownValue).join(' or ')}?`,
  );
}

function failure(code: string, message: string, hint: string): FailedRequest {
  return { ok: false, code, message, hint, body: undefined };
}
