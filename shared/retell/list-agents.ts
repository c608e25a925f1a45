import { LIMITS } from '../contract.ts';
import type { ListedAgent } from '../domain/agent.ts';
import type { Unreadable } from '../domain/observed-state.ts';
import type { Result } from '../errors.ts';
import { type CallContext, performCall } from './call.ts';
import type { CallFailure } from './call-failure.ts';
import { type ListingPage, type ListingProblem, parseListedAgent, parseListingPage } from './parse.ts';
import { listingMalformed, responseTooLarge, retellRefused, retellUnavailable } from './retell-errors.ts';

/** A complete listing; a partial one is never returned. */
export interface Listing {
  /** Every agent once, in Retell's order. */
  readonly agents: ReadonlyMap<string, ListedAgent>;
  /** Agents that it shows in an unusable form. */
  readonly unusable: ReadonlyMap<string, Unreadable>;
  /** Why entries without a usable id cannot be used. */
  readonly unidentified: readonly string[];
}

type Entry = Result<ListedAgent, ListingProblem>;

/** A listing with more unusable entries than this, and than a twentieth of it, is refused as a whole. */
const TOLERATED_PROBLEMS = 5;
const TOLERATED_SHARE = 0.05;

/**
 * Reads every page. Throws AppError `retell_listing_malformed`, `retell_response_too_large`, `retell_unavailable` or
 * `retell_refused`, and those of `performCall`.
 */
export async function listAgents(context: CallContext): Promise<Listing> {
  const entries: Entry[] = [];
  const seen = new Set<string>();
  let key: string | null = null;
  for (let pages = 1; pages <= LIMITS.listPages; pages += 1) {
    const page: ListingPage = await readPage(context, key);
    if (pages === 1 && page.items.length === 0 && page.next_key !== null) {
      throw listingMalformed('an empty first page that promises more');
    }
    const seenBefore = seen.size;
    for (const entry of page.items.map(parseListedAgent)) {
      entries.push(entry);
      const agent_id = entry.ok ? entry.value.agent_id : entry.agent_id;
      if (agent_id !== null) seen.add(agent_id);
    }
    // After the last page, Retell may repeat the first cursors endlessly.
    if (page.next_key === null || seen.size === seenBefore) return toListing(entries);
    key = page.next_key;
  }
  throw listingMalformed(`more than ${LIMITS.listPages} pages`);
}

async function readPage(context: CallContext, key: string | null): Promise<ListingPage> {
  const query = { limit: LIMITS.listPageSize, ...(key === null ? {} : { pagination_key: key }) };
  const result = await performCall(context, {
    send: (client, options) => client.agent.list(query, options),
    parse: parseListingPage,
    repeatable: true,
  });
  if (result.ok) return result.value;
  throw listingError(result.failure);
}

function listingError(failure: CallFailure): Error {
  const action = 'list the agents';
  if (failure.kind === 'malformed') return listingMalformed(failure.reason, failure.cause);
  if (failure.kind === 'too_large') return responseTooLarge(action, failure);
  return failure.kind === 'rejected'
    ? retellRefused(action, failure, "Check RETELL_BASE_URL, and Retell's API changelog.")
    : retellUnavailable(action, failure);
}

function toListing(entries: readonly Entry[]): Listing {
  const agents = newestOfEach(entries.filter((entry) => entry.ok).map(({ value }) => value));
  const problems = entries.filter((entry) => !entry.ok);
  const unusable = new Map(
    problems.flatMap(({ agent_id, name, reason }) =>
      agent_id === null || agents.has(agent_id) ? [] : [[agent_id, { name, reason }] as const],
    ),
  );
  const unidentified = problems.filter(({ agent_id }) => agent_id === null).map(({ reason }) => reason);
  const count = unusable.size + unidentified.length;
  const tolerated = Math.max(TOLERATED_PROBLEMS, TOLERATED_SHARE * (agents.size + count));
  if (count > tolerated) throw listingMalformed(`${count} of its entries cannot be used`);
  return { agents, unusable, unidentified };
}

/** An agent that is created or changed between two pages may be listed twice. */
function newestOfEach(listed: readonly ListedAgent[]): ReadonlyMap<string, ListedAgent> {
  const newest = new Map<string, ListedAgent>();
  for (const agent of listed) {
    const known = newest.get(agent.agent_id);
    if (known === undefined || agent.user_modified_timestamp > known.user_modified_timestamp) {
      newest.set(agent.agent_id, agent);
    }
  }
  return newest;
}
