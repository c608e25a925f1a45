/** Listings as they should not be. Each hook sees an honest page and may put anything in its place. */
import type { AgentListResponse } from 'retell-sdk/resources/agent';
import type { Reply } from './reply.ts';

export interface ListingMoment {
  /** 1 for a listing's first page. */
  readonly page: number;
}

/** Returns the body to send: that given, another, or anything that is no page at all. */
export type ListingHook = (page: AgentListResponse, moment: ListingMoment) => unknown;

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
