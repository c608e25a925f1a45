/** Parses Retell's responses: a typed value, or the reason why it cannot be used. */
import * as v from 'valibot';
import type { Agent, ListedAgent } from '../domain/agent.ts';
import type { Result } from '../errors.ts';
import { cutText, storable } from '../text.ts';
import { parseMetadata } from './parse-metadata.ts';

/** An entry of the listing that cannot be used. Its agent, if identified, counts as listed. */
export interface ListingProblem {
  readonly agent_id: string | null;
  readonly name: string | null;
  readonly reason: string;
}

const MAX_ID_LENGTH = 255;
const MAX_LABEL_CHARACTERS = 200;
const MAX_INT32 = 2_147_483_647;
/** 1973 in milliseconds; anything below is a timestamp in seconds. */
const MIN_TIMESTAMP = 100_000_000_000;
const MAX_TIMESTAMP = 8_640_000_000_000_000;

const agentId = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(MAX_ID_LENGTH),
  v.check((id) => !hasControlCharacter(id) && id.isWellFormed(), 'it contains invalid characters'),
);

const timestamp = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(MIN_TIMESTAMP, 'is not in milliseconds'),
  v.maxValue(MAX_TIMESTAMP),
);
const version = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_INT32));
const text = v.pipe(v.string(), v.transform(storable));
/** A blank text counts as none. */
const textOrNull = v.pipe(v.nullable(text), v.transform(blankToNull));
const languages = v.pipe(
  v.union([text, v.pipe(v.array(text), v.transform(joined))]),
  v.transform((language) => blankToNull(language)),
);

const listedAgent = v.object({
  agent_id: v.pipe(agentId, v.check(isSendable, 'no request can carry it')),
  agent_name: v.optional(textOrNull, null),
  // Any text, because a new channel of Retell must not make the listing unusable.
  channel: v.string(),
  user_modified_timestamp: timestamp,
});

const agent = v.object({
  agent_id: agentId,
  agent_name: v.optional(textOrNull, null),
  voice_id: v.optional(textOrNull, null),
  version,
  is_published: v.optional(v.boolean(), false),
  language: v.optional(v.nullable(languages), null),
  last_modification_timestamp: timestamp,
});
const anyObject = v.record(v.string(), v.unknown());
/** Required by Retell: a response without it is not a complete agent. */
const engine = v.object({ response_engine: anyObject });

const agentVersion = v.looseObject({
  version,
  is_published: v.optional(v.boolean(), false),
  agent_name: v.optional(textOrNull, null),
});
/** One version of an agent with all fields that Retell sent; those that a rename depends on are parsed. */
export type AgentVersion = v.InferOutput<typeof agentVersion>;

const listingPage = v.pipe(
  v.variant('has_more', [
    v.object({
      has_more: v.literal(true),
      items: v.array(v.unknown()),
      pagination_key: v.pipe(
        v.string(),
        v.minLength(1),
        v.check((key) => key.isWellFormed(), 'no request can carry it'),
      ),
    }),
    v.object({ has_more: v.literal(false), items: v.array(v.unknown()) }),
  ]),
  v.transform((page) => ({ items: page.items, next_key: page.has_more ? page.pagination_key : null })),
);
/** A page of the listing; `next_key` is null on the last one. */
export type ListingPage = v.InferOutput<typeof listingPage>;

const named = v.object({ agent_name: textOrNull });
/** An unusable id still identifies its agent in reports: unchanged if it can be stored, otherwise cut and cleaned. */
const labeled = v.object({
  agent_id: v.union([agentId, v.pipe(v.string(), v.minLength(1), v.transform(labelOf))]),
});
const created = v.object({ agent_id: agentId });
const drafted = v.object({ version });

/** A page of `POST /v2/list-agents`. */
export function parseListingPage(body: unknown): Result<ListingPage> {
  return parse(listingPage, body);
}

/** One entry of a page. */
export function parseListedAgent(item: unknown): Result<ListedAgent, ListingProblem> {
  const agent = parse(listedAgent, item);
  if (agent.ok) return agent;
  const id = v.safeParse(labeled, item);
  const name = v.safeParse(named, item);
  return {
    ok: false,
    agent_id: id.success ? id.output.agent_id : null,
    name: name.success ? name.output.agent_name : null,
    reason: `Retell lists it in an unusable form: ${agent.reason}`,
  };
}

/** `GET /get-agent/{id}`; a response about another agent than `agent_id` is unusable. */
export function parseAgent(body: unknown, agent_id: string): Result<Agent> {
  const complete = parse(engine, body);
  if (!complete.ok) return complete;
  const result = parse(agent, body);
  if (!result.ok) return result;
  if (result.value.agent_id !== agent_id) return { ok: false, reason: 'it is about another agent' };
  return { ok: true, value: { ...result.value, ...parseMetadata(body) } };
}

/** `GET /get-agent/{id}`, with all fields. */
export function parseAgentVersion(body: unknown): Result<AgentVersion> {
  return parse(agentVersion, body);
}

/** The response to `POST /create-agent`. */
export function parseCreated(body: unknown): Result<{ agent_id: string }> {
  return parse(created, body);
}

/** The response to `POST /create-agent-version/{id}`. */
export function parseDrafted(body: unknown): Result<{ version: number }> {
  return parse(drafted, body);
}

export function parseObject(body: unknown): Result<Record<string, unknown>> {
  return parse(anyObject, body);
}

/** Whether a URL can contain the id: `.` and `..` would be resolved, and an empty id leads to another path. */
export function isSendable(agent_id: string): boolean {
  if (agent_id.length > MAX_ID_LENGTH) return false;
  return agent_id !== '' && agent_id !== '.' && agent_id !== '..' && agent_id.isWellFormed();
}

function parse<T>(schema: v.GenericSchema<unknown, T>, input: unknown): Result<T> {
  const result = v.safeParse(schema, input, { abortEarly: true });
  return result.success ? { ok: true, value: result.output } : { ok: false, reason: reasonOf(result.issues[0]) };
}

/** Names the field and what is wrong with it, never its value, which may be long or private. */
function reasonOf(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  if (path === null) return 'a response of an unexpected shape';
  if (issue.received === 'undefined') return `no ${path}`;
  return issue.kind === 'schema' ? `an invalid ${path}` : `an invalid ${path} (${issue.message.slice(0, 80)})`;
}

function labelOf(agent_id: string): string {
  return `${cutText(agent_id.replaceAll(/\p{Cc}/gu, ' ').toWellFormed(), MAX_LABEL_CHARACTERS)} (unusable id)`;
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
