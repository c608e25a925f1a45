import { LIMITS } from '../contract.ts';
import type { ListedAgent } from '../domain/agent.ts';
import type { Failure } from './failure.ts';
import { type ListingPage, type ListingProblem, parseListedAgent, parseListingPage } from './parse.ts';
import { type RequestContext, request } from './request.ts';
import { listingMalformed, refused, unavailable } from './retell-errors.ts';

/** A whole listing: a part of one is never returned. */
export interface Listing {
  /** Every agent once, in Retell's order. */
  readonly agents: readonly ListedAgent[];
  readonly problems: readonly ListingProblem[];
}

/** More unusable items than this, and than a twentieth, and the listing is not what it was taken for. */
const TOLERATED_PROBLEMS = 5;
const TOLERATED_SHARE = 0.05;

interface Collected {
  readonly agents: Map<string, ListedAgent>;
  /** By id; the problems of nameless items are in `anonymous`. */
  readonly problems: Map<string, ListingProblem>;
  readonly anonymous: ListingProblem[];
}

/** Throws AppError `retell_listing_malformed`, `retell_unavailable` or `retell_refused`, and those of `request`. */
export async function listAgents(context: RequestContext): Promise<Listing> {
  const collected: Collected = { agents: new Map(), problems: new Map(), anonymous: [] };
  let key: string | null = null;
  for (let pages = 1; pages <= LIMITS.listPages; pages += 1) {
    const page: ListingPage = await readPage(context, key);
    const news = collect(collected, page.items);
    if (pages === 1 && page.items.length === 0 && page.next_key !== null) {
      throw listingMalformed('an empty first page that promises more');
    }
    // Past the last page Retell may hand out the first ones again, for ever.
    if (page.next_key === null || news === 0) return finished(collected);
    key = page.next_key;
  }
  throw listingMalformed(`more than ${LIMITS.listPages} pages`);
}

async function readPage(context: RequestContext, key: string | null): Promise<ListingPage> {
  const query = { limit: LIMITS.listPageSize, ...(key === null ? {} : { pagination_key: key }) };
  const outcome = await request(context, {
    send: (client, options) => client.agent.list(query, options),
    parse: parseListingPage,
    repeatable: true,
  });
  if (outcome.ok) return outcome.value;
  throw asError(outcome.failure);
}

function asError(failure: Failure): Error {
  if (failure.kind === 'malformed') return listingMalformed(failure.reason, failure.cause);
  return failure.kind === 'refused' ? refused('list the agents', failure) : unavailable('list the agents', failure);
}

/** Returns how many agents were not known yet. */
function collect(collected: Collected, items: readonly unknown[]): number {
  const before = collected.agents.size + collected.problems.size;
  for (const item of items.map(parseListedAgent)) {
    if (!('reason' in item)) keepNewest(collected.agents, item);
    else if (item.agent_id === null) collected.anonymous.push(item);
    else collected.problems.set(item.agent_id, item);
  }
  return collected.agents.size + collected.problems.size - before;
}

function keepNewest(agents: Map<string, ListedAgent>, agent: ListedAgent): void {
  const known = agents.get(agent.agent_id);
  if (known === undefined || agent.user_modified_timestamp > known.user_modified_timestamp) {
    agents.set(agent.agent_id, agent);
  }
}

function finished({ agents, problems, anonymous }: Collected): Listing {
  const identified = [...problems].filter(([agent_id]) => !agents.has(agent_id)).map(([, problem]) => problem);
  const unusable = [...identified, ...anonymous];
  const tolerated = Math.max(TOLERATED_PROBLEMS, TOLERATED_SHARE * (agents.size + unusable.length));
  if (unusable.length > tolerated) throw listingMalformed(`${unusable.length} of its items cannot be used`);
  return { agents: [...agents.values()], problems: unusable };
}
