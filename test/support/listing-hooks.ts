/** Faulty listings. Each hook receives a correct page and may return anything in its place. */
import type { AgentListResponse } from 'retell-sdk/resources/agent';
import type { Reply, SimulatedRequest } from '../../infra/local/retell-simulator/reply.ts';

export interface ListingMoment {
  /** 1 for a listing's first page. */
  readonly page: number;
}

/** Returns the body to send: the page, another, or something that is not a page. */
export type ListingHook = (page: AgentListResponse, moment: ListingMoment) => unknown;

export interface ListingHooks {
  /** Returns a function that removes the hook. */
  add(hook: ListingHook): () => void;
  /** The reply with the hooks applied; replies to other calls, and refusals, stay as they are. */
  apply(request: SimulatedRequest, reply: Reply): Reply;
  clear(): void;
}

export function createListingHooks(): ListingHooks {
  const hooks = new Set<ListingHook>();
  let keys: string[] = [];

  /** A page that is requested again keeps its number. */
  function pageNumber(key: string | undefined): number {
    if (key === undefined) keys = [];
    else if (!keys.includes(key)) keys.push(key);
    return key === undefined ? 1 : keys.indexOf(key) + 2;
  }

  return {
    add(hook) {
      hooks.add(hook);
      return () => void hooks.delete(hook);
    },
    apply({ path, query }, reply) {
      if (path !== '/v2/list-agents') return reply;
      const page = pageNumber(query['pagination_key']);
      let { body } = reply;
      for (const hook of hooks) if (isPage(body)) body = hook(body, { page });
      return { ...reply, body };
    },
    clear: () => hooks.clear(),
  };
}

function isPage(body: unknown): body is AgentListResponse {
  return typeof body === 'object' && body !== null && 'items' in body && 'has_more' in body;
}

/** Past its end the listing starts again, endlessly. */
export function recycledCursor(): ListingHook {
  let first: AgentListResponse | undefined;
  return (page, { page: number }) => {
    if (number === 1) first = page;
    if (page.has_more) return page;
    // An unknown key would be refused; the key of the first page leads back to the second.
    return {
      ...page,
      has_more: true,
      pagination_key: first?.pagination_key ?? Buffer.from('{"after":0}').toString('base64url'),
    };
  };
}

/** Promises more, but without the key to get it. */
export function withoutKey(): ListingHook {
  return ({ items }) => ({ items, has_more: true });
}

/** Every agent twice, the second time with an older timestamp. */
export function duplicated(): ListingHook {
  return (page) => ({
    ...page,
    items: page.items.flatMap((item) => [item, { ...item, user_modified_timestamp: item.user_modified_timestamp - 1 }]),
  });
}

/** Leaves out some agents, although `get-agent` has them. */
export function hiding(...agent_ids: readonly string[]): ListingHook {
  return (page) => ({ ...page, items: page.items.filter((item) => !agent_ids.includes(item.agent_id)) });
}

/** Changes the account after a page was made and before the next one is requested. */
export function afterPage(number: number, happens: () => void): ListingHook {
  return (page, moment) => {
    if (moment.page === number) happens();
    return page;
  };
}
