/** Checks each request to Retell: it may only send names that the platform gave, and create agents for rows without one. */
import * as v from 'valibot';
import type { Account } from '../../infra/local/retell-simulator/account.ts';
import type { SimulatedRequest } from '../../infra/local/retell-simulator/reply.ts';
import type { TestSystem } from '../support/system.ts';
import { listRowChanges, type RowChange } from './row-history.ts';
import type { DraftChanges, Recorded } from './run-schedule.ts';

const Renaming = v.strictObject({ agent_name: v.string() });
const PendingCreate = v.strictObject({ agent_name: v.string(), voice_id: v.string(), response_engine: v.unknown() });
const Publication = v.strictObject({ version: v.number() });

export async function checkPushes(
  { database, simulator }: TestSystem,
  recorded: Recorded,
  requests: readonly SimulatedRequest[],
): Promise<readonly string[]> {
  const platformChanges = (await listRowChanges(database)).filter(({ by_service }) => !by_service);
  const renames = platformChanges.filter(({ before, after }) => before !== null && before['name'] !== after?.['name']);
  const given = new Set(renames.map(({ after }) => `${String(after?.['agent_id'])} ${String(after?.['name'])}`));
  const unlinked = platformChanges.flatMap(({ after }) => (after === null || after['agent_id'] ? [] : [after]));
  const wanted = new Set(unlinked.map(({ name }) => name));
  return [
    ...checkCreatedAgents(simulator.account, recorded, platformChanges, {
      names: new Set(unlinked.map(({ id, name }) => `${String(id)} ${String(name)}`)).size,
      wanted,
    }),
    ...requests.flatMap((request, index) => checkRequest(request, index, { given, wanted, recorded })),
  ];
}

interface Unlinked {
  /** Rows without an agent, counted once for each name. */
  readonly names: number;
  readonly wanted: ReadonlySet<unknown>;
}

/**
 * A row gets another agent if its agent was deleted or linked to another row, and if a run that had created its agent
 * was killed, because only that run knew the agent. The last happens at most once for each name of a row, if the row
 * was also renamed or if a person gave another agent the same name, because neither of two agents with one name is
 * linked.
 */
function checkCreatedAgents(
  account: Account,
  recorded: Recorded,
  platformChanges: readonly RowChange[],
  { names, wanted }: Unlinked,
): readonly string[] {
  const agents = [...new Set([...recorded.agents, ...account.agents.keys()])];
  const created = agents.filter((agent_id) => !recorded.handmade.has(agent_id)).length;
  const deleted = agents.filter((agent_id) => account.get(agent_id) === undefined).length;
  const taken = platformChanges.filter(({ before, after }) => before === null && after?.['agent_id']).length;
  const namesakes = Math.min(recorded.kills, recorded.named.filter((name) => wanted.has(name)).length);
  if (created <= names + deleted + taken + namesakes) return [];
  return [`${created} agents were created in Retell for ${names} names of rows`];
}

interface Given {
  /** Names that the platform gave, as `agent name`. */
  readonly given: ReadonlySet<string>;
  /** Names of rows without an agent. */
  readonly wanted: ReadonlySet<unknown>;
  readonly recorded: Recorded;
}

function checkRequest(
  { method, path, body }: SimulatedRequest,
  index: number,
  { given, wanted, recorded }: Given,
): readonly string[] {
  const agent_id = path.split('/').at(-1) ?? '';
  if (method === 'DELETE') return [`${path} was deleted in Retell`];
  if (method === 'PATCH') {
    const sent = `${agent_id} ${v.parse(Renaming, body).agent_name}`;
    return given.has(sent) ? [] : [`"${sent}" was sent to Retell, and the platform never gave that name`];
  }
  if (path === '/create-agent') {
    const { agent_name } = v.parse(PendingCreate, body);
    return wanted.has(agent_name) ? [] : [`${agent_name} was created in Retell, and no row without an agent wanted it`];
  }
  if (!path.startsWith('/publish-agent-version/')) return [];
  const draft = `${agent_id} ${v.parse(Publication, body).version}`;
  // An edit between the last read and the publish request is published together with the rename, so such drafts are not
  // counted.
  const left = recorded.rounds.findLast(({ drafts, requested }) => requested <= index && drafts.has(draft));
  const changes = left?.drafts.get(draft);
  if (changes === undefined || equalsOurs(agent_id, changes, given)) return [];
  return [`${draft}, a draft that a person had left, was published`];
}

/**
 * A draft that changes nothing, or only the name to one that the platform gave, is what the push itself would have
 * made.
 */
function equalsOurs(agent_id: string, { renamed_to, others }: DraftChanges, given: Given['given']): boolean {
  return !others && (renamed_to === null || given.has(`${agent_id} ${renamed_to}`));
}
