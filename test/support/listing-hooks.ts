/** Listings as they should not be. */
import type { AgentListResponse } from 'retell-sdk/resources/agent';
import type { ListingHook } from '../../infra/local/retell-simulator/listing-hooks.ts';

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
