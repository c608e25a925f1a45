/** Parses a webhook's payload: a hint which agent changed, never data. */
import * as v from 'valibot';
import type { Result } from '../errors.ts';
import { cutText } from '../text.ts';

export type WebhookEvent =
  /** A relay reports that an agent was changed. */
  | { readonly kind: 'agent'; readonly event: string; readonly agent_id: string }
  /** A call or chat, with its agent and the agent's version. */
  | {
      readonly kind: 'conversation';
      readonly event: string;
      readonly agent_id: string;
      readonly version: number | null;
    }
  /** Not about an agent. */
  | { readonly kind: 'other'; readonly event: string };

/** The form of Retell's ids; others are refused, because an id becomes part of a path. */
const AgentId = v.pipe(v.string(), v.regex(/^[a-z\d][\w-]{0,254}$/i));
const ID_RULE = '"agent_id" must be a letter or digit, then letters, digits, _ or -';
const HasAgentId = v.object({ agent_id: AgentId });
/** The range of the column; any other version is ignored. */
const Version = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2_147_483_647));
const OptionalVersion = v.fallback(v.nullable(Version), null);
/** A call has its agent's version as `agent_version`, a chat as `version`. */
const Conversation = v.object({ agent_id: AgentId, agent_version: OptionalVersion, version: OptionalVersion });

const Envelope = v.object({
  type: v.optional(v.unknown()),
  event: v.optional(v.unknown()),
  data: v.optional(v.unknown()),
  agent: v.optional(v.unknown()),
  call: v.optional(v.unknown()),
  chat: v.optional(v.unknown()),
});

/** Responses repeat the event's name, which the sender chooses. */
const MAX_NAME_CHARACTERS = 100;
const AGENT_EVENT = /^agent[._](created|updated|deleted)$/;
const CALL_EVENT = /^(call|transfer|transcript)_/;
const CHAT_EVENT = /^chat_/;

export function parseWebhookEvent(payload: unknown): Result<WebhookEvent> {
  if (!isPlainObject(payload)) return invalid('The body is not a JSON object');
  const { type, event, data, agent, call, chat } = v.parse(Envelope, payload);
  const named = typeof type === 'string' ? type : event;
  if (typeof named !== 'string') return invalid('The body names no event: it has neither "type" nor "event"');
  const name = cutText(named, MAX_NAME_CHARACTERS);
  if (AGENT_EVENT.test(name)) return agentEvent(name, agent ?? data);
  if (CALL_EVENT.test(name)) return conversation(name, call ?? data);
  if (CHAT_EVENT.test(name)) return conversation(name, chat ?? data);
  return valid({ kind: 'other', event: name });
}

function agentEvent(event: string, agent: unknown): Result<WebhookEvent> {
  const parsed = v.safeParse(HasAgentId, agent);
  if (parsed.success) return valid({ kind: 'agent', event, agent_id: parsed.output.agent_id });
  return invalid(`${event} names no usable agent: ${ID_RULE}`);
}

/** Retell has many events, and not all are about agents: an event without an agent is valid. */
function conversation(event: string, subject: unknown): Result<WebhookEvent> {
  const parsed = v.safeParse(Conversation, subject);
  if (parsed.success) {
    const { agent_id, agent_version, version: chat_version } = parsed.output;
    const version = CHAT_EVENT.test(event) ? (agent_version ?? chat_version) : agent_version;
    return valid({ kind: 'conversation', event, agent_id, version });
  }
  if (isPlainObject(subject) && subject['agent_id'] !== undefined && subject['agent_id'] !== null) {
    return invalid(`${event} names no usable agent: ${ID_RULE}`);
  }
  return valid({ kind: 'other', event });
}

function valid(value: WebhookEvent): Result<WebhookEvent> {
  return { ok: true, value };
}

function invalid(reason: string): Result<WebhookEvent> {
  return { ok: false, reason };
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
