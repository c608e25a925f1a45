/** Webhook bodies: call and chat events as Retell sends them, agent events as platforms' relays send them. */
import { randomBytes } from 'node:crypto';
import type { CallResponse } from 'retell-sdk/resources/call';
import type { ChatResponse } from 'retell-sdk/resources/chat';

export const CALL_EVENTS = [
  'call_started',
  'call_ended',
  'call_analyzed',
  'transcript_updated',
  'transfer_started',
  'transfer_bridged',
  'transfer_cancelled',
  'transfer_ended',
] as const;
export type CallEventName = (typeof CALL_EVENTS)[number];

export const CHAT_EVENTS = ['chat_started', 'chat_ended', 'chat_analyzed'] as const;
export type ChatEventName = (typeof CHAT_EVENTS)[number];

export const AGENT_EVENTS = ['created', 'updated', 'deleted'] as const;
export type AgentEventName = (typeof AGENT_EVENTS)[number];

export interface EventAgent {
  readonly agent_id: string;
  readonly agent_name?: string | null;
  readonly agent_version?: number;
}

type Call = Partial<CallResponse> & Pick<CallResponse, 'agent_id' | 'call_id'>;
type Chat = Partial<ChatResponse> & Pick<ChatResponse, 'agent_id' | 'chat_id'>;

/** `{type: 'agent.updated', data}`, as FoloUp's descendants send it. */
export function agentEvent(name: AgentEventName, agent: EventAgent): { type: string; data: EventAgent } {
  return { type: `agent.${name}`, data: agent };
}

/** `{event: 'agent_updated', agent}`, or with the agent in `data`. */
export function namedAgentEvent(
  name: AgentEventName,
  agent: EventAgent,
  key: 'agent' | 'data' = 'agent',
): Record<string, unknown> {
  return { event: `agent_${name}`, [key]: agent };
}

export function callEvent(event: CallEventName, agent: EventAgent, more: Partial<CallResponse> = {}): unknown {
  const call: Call = {
    call_type: 'web_call',
    call_id: `call_${randomBytes(13).toString('hex')}`,
    agent_id: agent.agent_id,
    ...(agent.agent_version === undefined ? {} : { agent_version: agent.agent_version }),
    ...(typeof agent.agent_name === 'string' ? { agent_name: agent.agent_name } : {}),
    call_status: event === 'call_started' ? 'ongoing' : 'ended',
    ...more,
  };
  const transfer = event.startsWith('transfer_') ? { transfer_destination: '+15550100' } : {};
  return { event, call, ...transfer };
}

export function chatEvent(event: ChatEventName, agent: EventAgent, more: Partial<ChatResponse> = {}): unknown {
  const chat: Chat = {
    chat_id: `chat_${randomBytes(13).toString('hex')}`,
    agent_id: agent.agent_id,
    chat_status: event === 'chat_started' ? 'ongoing' : 'ended',
    ...more,
  };
  return { event, chat };
}

/** Every name that `eventNamed` knows. */
export const EVENT_NAMES: readonly string[] = [
  ...AGENT_EVENTS.flatMap((name) => [`agent.${name}`, `agent_${name}`]),
  ...CALL_EVENTS,
  ...CHAT_EVENTS,
];

/** The event with this name about an agent; null for an unknown name. */
export function eventNamed(name: string, agent: EventAgent): unknown {
  const lifecycle = AGENT_EVENTS.find((event) => name === `agent.${event}` || name === `agent_${event}`);
  if (lifecycle !== undefined)
    return name.includes('.') ? agentEvent(lifecycle, agent) : namedAgentEvent(lifecycle, agent);
  const call = CALL_EVENTS.find((event) => event === name);
  if (call !== undefined) return callEvent(call, agent);
  const chat = CHAT_EVENTS.find((event) => event === name);
  return chat === undefined ? null : chatEvent(chat, agent);
}
