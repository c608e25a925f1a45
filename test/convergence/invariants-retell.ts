/** What the service ever sent to Retell: names that the platform gave, and agents for rows that have none; nothing else. */
import * as v from 'valibot';
import type { Account } from '../../infra/local/retell-simulator/account.ts';
import type { SimulatedRequest } from '../../infra/local/retell-simulator/reply.ts';
import type { TestSystem } from '../support/system.ts';
import { listSightings, type Sighting } from './row-history.ts';
import type { Day } from './run-schedule.ts';

const Renaming = v.strictObject({ agent_name: v.string() });
const PendingCreate = v.strictObject({ agent_name: v.string(), voice_id: v.string(), response_engine: v.unknown() });
const Publication = v.strictObject({ version: v.number() });

export async function judgePushes(
  { database, simulator }: TestSystem,
  day: Day,
  requests: readonly SimulatedRequest[],
): Promise<readonly string[]> {
  const platforms = (await listSightings(database)).filter(({ by_service }) => !by_service);
  const renames = platforms.filter(({ before, after }) => before !== null && before['name'] !== after?.['name']);
  const given = new Set(renames.map(({ after }) => `${String(after?.['agent_id'])} ${String(after?.['name'])}`));
  const waiting = platforms.flatMap(({ after }) => (after === null || after['agent_id'] ? [] : [after]));
  const wanted = new Set(waiting.map(({ name }) => name));
  return [
    ...judgeCreations(
      simulator.account,
      day,
      platforms,
      new Set(waiting.map(({ id, name }) => `${String(id)} ${String(name)}`)).size,
    ),
    ...requests.flatMap((request, index) => judgeRequest(request, index, { given, wanted, day })),
  ];
}

/**
 * A row gets another agent when its own was deleted, or given to another row, or when it was renamed after the run that made
 * its first one was killed, which alone knew whose that is: so once for each name of a row, at most.
 */
function judgeCreations(account: Account, day: Day, platforms: readonly Sighting[], wishes: number): readonly string[] {
  const agents = [...new Set([...day.agents, ...account.agents.keys()])];
  const created = agents.filter((agent_id) => !day.handmade.has(agent_id)).length;
  const deleted = agents.filter((agent_id) => account.get(agent_id) === undefined).length;
  const taken = platforms.filter(({ before, after }) => before === null && after?.['agent_id']).length;
  if (created <= wishes + deleted + taken) return [];
  return [`${created} agents were created in Retell for ${wishes} names of rows`];
}

interface Given {
  /** By the platform, as `agent name`. */
  readonly given: ReadonlySet<string>;
  /** Names of rows without an agent. */
  readonly wanted: ReadonlySet<unknown>;
  readonly day: Day;
}

function judgeRequest(
  { method, path, body }: SimulatedRequest,
  index: number,
  { given, wanted, day }: Given,
): readonly string[] {
  const agent_id = path.split('/').at(-1) ?? '';
  if (method === 'DELETE') return [`${path} was to be deleted in Retell`];
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
  // Retell cannot be told to publish only what was looked at: who edits at that very moment is published.
  const left = day.moments.some(({ drafts, requested }) => requested <= index && drafts.has(draft));
  return left ? [`${draft}, a draft that somebody had left, was published`] : [];
}
