/** Turns what Retell sends, whatever it is, into values that the types vouch for, or into a reason why it cannot be used. */
import * as v from 'valibot';
import type { Agent, ListedAgent } from '../domain/agent.ts';
import { storable } from './storable.ts';

/** An item of the listing that cannot be used. Its agent, if it can be told, counts as seen. */
export interface ListingProblem {
  readonly agent_id: string | null;
  readonly name: string | null;
  readonly reason: string;
}

export interface ListingPage {
  readonly items: readonly unknown[];
  /** null: this is the last page. */
  readonly next_key: string | null;
}

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/** An agent in one version, as raw as Retell sent it besides the fields that a rename depends on. */
export type AgentVersion = Record<string, unknown> & {
  readonly version: number;
  readonly is_published: boolean;
  readonly agent_name: string | null;
};

const MAX_ID_LENGTH = 255;
const MAX_INT32 = 2_147_483_647;
/** 1973 in milliseconds: anything below is a stamp in seconds. */
const MIN_TIMESTAMP = 100_000_000_000;
const MAX_TIMESTAMP = 8_640_000_000_000_000;

const agentId = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(MAX_ID_LENGTH),
  v.check((id) => !hasControlCharacter(id) && id.isWellFormed(), 'has characters that no id has'),
);

const timestamp = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(MIN_TIMESTAMP, 'is not in milliseconds'),
  v.maxValue(MAX_TIMESTAMP),
);
const version = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_INT32));
const text = v.pipe(v.string(), v.transform(storable));
/** Blank is as good as none. */
const textOrNull = v.pipe(v.nullable(text), v.transform(blankToNull));
const languages = v.pipe(
  v.union([text, v.pipe(v.array(text), v.transform(joined))]),
  v.transform((language) => blankToNull(language)),
);

const listedAgent = v.object({
  agent_id: v.pipe(agentId, v.check(isSendable, 'no request can carry it')),
  agent_name: v.optional(textOrNull, null),
  channel: v.picklist(['voice', 'chat']),
  user_modified_timestamp: timestamp,
});

const agent = v.object({
  agent_id: agentId,
  agent_name: v.optional(textOrNull, null),
  voice_id: textOrNull,
  version,
  is_published: v.optional(v.boolean(), false),
  language: v.optional(v.nullable(languages), null),
  last_modification_timestamp: timestamp,
});
/** Required by Retell: an answer without it is not a whole agent. */
const engine = v.object({ response_engine: v.record(v.string(), v.unknown()) });

const agentVersion = v.looseObject({
  version,
  is_published: v.optional(v.boolean(), false),
  agent_name: v.optional(textOrNull, null),
});

const listingPage = v.variant('has_more', [
  v.object({
    has_more: v.literal(true),
    items: v.array(v.unknown()),
    pagination_key: v.pipe(v.string(), v.minLength(1)),
  }),
  v.object({ has_more: v.literal(false), items: v.array(v.unknown()) }),
]);

const named = v.object({ agent_name: textOrNull });
const identified = v.object({ agent_id: agentId });
const created = v.object({ agent_id: agentId });
const drafted = v.object({ version });

/** A page of `POST /v2/list-agents`. */
export function parseListingPage(answer: unknown): Parsed<ListingPage> {
  const page = parsed(listingPage, answer);
  if (!page.ok) return page;
  const next_key = page.value.has_more ? page.value.pagination_key : null;
  return { ok: true, value: { items: page.value.items, next_key } };
}

/** One item of a page. */
export function parseListedAgent(item: unknown): ListedAgent | ListingProblem {
  const agent = parsed(listedAgent, item);
  if (agent.ok) return agent.value;
  const id = v.safeParse(identified, item);
  const name = v.safeParse(named, item);
  return {
    agent_id: id.success ? id.output.agent_id : null,
    name: name.success ? name.output.agent_name : null,
    reason: `Retell lists it with ${agent.reason}`,
  };
}

/** `GET /get-agent/{id}`; an answer about another agent than `agent_id` is none. */
export function parseAgent(answer: unknown, agent_id: string): Parsed<Agent> {
  const engineOrNot = parsed(engine, answer);
  if (!engineOrNot.ok) return engineOrNot;
  const result = parsed(agent, answer);
  if (result.ok && result.value.agent_id !== agent_id) return { ok: false, reason: 'an answer about another agent' };
  if (!result.ok) return result;
  return { ok: true, value: { ...result.value, metadata: {}, webhook_url: null, webhook_events: null } };
}

/** `GET /get-agent/{id}`, kept whole. */
export function parseAgentVersion(answer: unknown): Parsed<AgentVersion> {
  return parsed(agentVersion, answer);
}

/** The answer to `POST /create-agent`. */
export function parseCreated(answer: unknown): Parsed<{ agent_id: string }> {
  return parsed(created, answer);
}

/** The answer to `POST /create-agent-version/{id}`. */
export function parseDrafted(answer: unknown): Parsed<{ version: number }> {
  return parsed(drafted, answer);
}

/** Whether a URL can carry the id: dots alone would be resolved away, and nothing at all would be another path. */
export function isSendable(agent_id: string): boolean {
  if (agent_id.length > MAX_ID_LENGTH) return false;
  return agent_id !== '' && agent_id !== '.' && agent_id !== '..' && agent_id.isWellFormed();
}

function parsed<T>(schema: v.GenericSchema<unknown, T>, input: unknown): Parsed<T> {
  const result = v.safeParse(schema, input, { abortEarly: true });
  return result.success ? { ok: true, value: result.output } : { ok: false, reason: reasonOf(result.issues[0]) };
}

/** Names the field and what is wrong with it, never its value, which may be long or private. */
function reasonOf(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  if (path === null) return 'an answer of the wrong shape';
  if (issue.received === 'undefined') return `no ${path}`;
  return issue.kind === 'schema' ? `a wrong ${path}` : `a wrong ${path} (${issue.message.slice(0, 80)})`;
}

function blankToNull(text: string | null): string | null {
  return text === null || text.trim() === '' ? null : text;
}

function joined(languages: string[]): string {
  return languages.filter((language) => language.trim() !== '').join(', ');
}

function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
