/** Listings as they should not be. Each hook sees an honest page and may put anything in its place. */
import type { AgentListResponse } from 'retell-sdk/resources/agent';
import type { Reply } from './reply.ts';

export interface ListingMoment {
  /** 1 for a listing's first page. */
  readonly page: number;
}

/** Returns the body to send: that given, another, or anything that is no page at all. */
export type ListingHook = (page: AgentListResponse, moment: ListingMoment) => unknown;

/** Past the end the listing starts again, for ever. */
export function recycledCursor(): ListingHook {
  let first: AgentListResponse | undefined;
  return (page, { page: number }) => {
    if (number === 1) first = page;
    if (page.has_more) return page;
    // An unknown key would be refused; that of the first page leads round again.
    return {
      ...page,
      has_more: true,
      pagination_key: first?.pagination_key ?? Buffer.from('{"after":0}').toString('base64url'),
    };
  };
}

/** Promises more, but does not say how to get it. */
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

/** Some agents are not shown, although `get-agent` has them. */
export function hiding(...agent_ids: readonly string[]): ListingHook {
  return (page) => ({ ...page, items: page.items.filter((item) => !agent_ids.includes(item.agent_id)) });
}

/** Something happens to the account after a page was made and before the next one is asked for. */
export function afterPage(number: number, happens: () => void): ListingHook {
  return (page, moment) => {
    if (moment.page === number) happens();
    return page;
  };
}

/** Puts the hooks to work on a reply of the listing; refusals pass. */
export function hooked(hooks: Iterable<ListingHook>, moment: ListingMoment, reply: Reply): Reply {
  if (!isPage(reply.body)) return reply;
  let body: unknown = reply.body;
  for (const hook of hooks) {
    if (isPage(body)) body = hook(body, moment);
  }
  return { ...reply, body };
}

function isPage(body: unknown): body is AgentListResponse {
  return typeof body === 'object' && body !== null && 'items' in body && 'has_more' in body;
}
