/** Understands a webhook's payload: a hint which agent to look at, never data. */
import * as v from 'valibot';
import { cutText } from '../cut-text.ts';

export type WebhookEvent =
  /** A relay tells that an agent was changed. */
  | { readonly kind: 'agent'; readonly event: string; readonly agent_id: string }
  /** A call or chat, which names its agent and the version that it was held with. */
  | {
      readonly kind: 'conversation';
      readonly event: string;
      readonly agent_id: string;
      readonly version: number | null;
    }
  /** Nothing to act on. */
  | { readonly kind: 'other'; readonly event: string };

/** The ids that Retell gives; others are refused, because they end up in a path. */
const AgentId = v.pipe(v.string(), v.regex(/^[a-z\d][\w-]{0,254}$/i));
const ID_RULE = '"agent_id" must be a letter or digit, then letters, digits, _ or -';
const HasAgentId = v.object({ agent_id: AgentId });
/** What the column holds; anything else says nothing. */
const Version = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2_147_483_647));
const Conversation = v.object({ agent_id: AgentId, agent_version: v.fallback(v.nullable(Version), null) });

const Envelope = v.object({
  type: v.optional(v.unknown()),
  event: v.optional(v.unknown()),
  data: v.optional(v.unknown()),
  agent: v.optional(v.unknown()),
  call: v.optional(v.unknown()),
  chat: v.optional(v.unknown()),
});

/** Answers repeat the name, whatever its sender made of it. */
const NAME_CHARACTERS = 100;
const AGENT_EVENT = /^agent[._](created|updated|deleted)$/;
const CALL_EVENT = /^(call|transfer|transcript)_/;
const CHAT_EVENT = /^chat_/;

/** The event, or a sentence that says what is wrong with it. */
export function parseWebhookEvent(payload: unknown): WebhookEvent | string {
  if (!isPlainObject(payload)) return 'The body is not a JSON object';
  const { type, event, data, agent, call, chat } = v.parse(Envelope, payload);
  const named = typeof type === 'string' ? type : event;
  if (typeof named !== 'string') return 'The body names no event: it has neither "type" nor "event"';
  const name = cutText(named, NAME_CHARACTERS);
  if (AGENT_EVENT.test(name)) return agentEvent(name, agent ?? data);
  if (CALL_EVENT.test(name)) return conversation(name, call ?? data);
  if (CHAT_EVENT.test(name)) return conversation(name, chat ?? data);
  return { kind: 'other', event: name };
}

function agentEvent(event: string, agent: unknown): WebhookEvent | string {
  const parsed = v.safeParse(HasAgentId, agent);
  if (parsed.success) return { kind: 'agent', event, agent_id: parsed.output.agent_id };
  return `${event} names no usable agent: ${ID_RULE}`;
}

/** Retell's own events are many and about more than agents: one without an agent is no fault. */
function conversation(event: string, subject: unknown): WebhookEvent | string {
  const parsed = v.safeParse(Conversation, subject);
  if (parsed.success) {
    const { agent_id, agent_version } = parsed.output;
    return { kind: 'conversation', event, agent_id, version: agent_version };
  }
  if (isPlainObject(subject) && subject['agent_id'] !== undefined && subject['agent_id'] !== null) {
    return `${event} names no usable agent: ${ID_RULE}`;
  }
  return { kind: 'other', event };
}

/** What is known of an agent before a conversation's event is looked at. */
export interface KnownAgent {
  /** null: Retell said that there is no such agent. */
  readonly version: number | null;
  /** The newest version that any event named. */
  readonly seen_version: number | null;
}

/** A conversation is worth a call to Retell when its agent is unknown, or its version newer than all that was seen. */
export function isNewVersion(version: number | null, known: KnownAgent | undefined): boolean {
  if (known === undefined) return true;
  if (version === null || known.version === null) return false;
  return version > Math.max(known.version, known.seen_version ?? -1);
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
