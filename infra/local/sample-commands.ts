/** What the sample command line does, through the real SDK, like a user of the Retell dashboard. */
import type { Retell } from 'retell-sdk';
import type { AgentListResponse, AgentUpdateParams } from 'retell-sdk/resources/agent';
import { visibleText } from '../../shared/visible-text.ts';
import { type EventAgent, eventNamed } from './retell-simulator/events.ts';
import { sendWebhook } from './retell-simulator/webhooks.ts';

export interface SampleContext {
  readonly client: Retell;
  readonly webhook: { readonly url: string; readonly key: string };
  /** Whether a change is followed by its agent event. */
  readonly sendEvent: boolean;
}

interface Command {
  readonly args: readonly string[];
  readonly does: string;
  /** Returns what to print; throws an Error of one line. */
  run(context: SampleContext, first?: string, second?: string): Promise<string>;
}

export const COMMANDS: Readonly<Record<string, Command>> = {
  list: { args: [], does: 'the agents of the account', run: list },
  rename: {
    args: ['<agent>', '<name>'],
    does: 'rename it, and publish it if it was published',
    run: (context, agent, agent_name = '') => change(context, agent, { agent_name }),
  },
  voice: {
    args: ['<agent>', '<voice_id>'],
    does: 'give it another voice, and publish it if it was published',
    run: (context, agent, voice_id = '') => change(context, agent, { voice_id }),
  },
  add: { args: ['<name>'], does: 'create an agent', run: add },
  delete: { args: ['<agent>'], does: 'delete it with all its versions', run: remove },
  send: {
    args: ['<event>', '<agent>'],
    does: 'send a signed event to the local webhook',
    run: async (context, event = '', agent = '') => send(context, event, await find(context.client, agent)),
  },
};

async function list({ client }: SampleContext): Promise<string> {
  const rows = await Promise.all((await allAgents(client)).map((agent) => row(client, agent)));
  const width = (column: number) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0));
  const lines = rows.map((cells) => cells.map((cell, column) => cell.padEnd(width(column))).join('  '));
  return lines.map((line) => line.trimEnd()).join('\n') || 'The account has no agents.';
}

async function row(client: Retell, { agent_id, agent_name, channel }: AgentListResponse.Item): Promise<string[]> {
  const name = agent_name === '' ? '(no name)' : visibleText(agent_name);
  if (channel === 'chat') return [agent_id, name, '(chat agent)', ''];
  const { voice_id, version, is_published } = await client.agent.retrieve(agent_id);
  const state = is_published === true ? 'published' : 'draft';
  return [agent_id, name, voice_id === '' ? '(no voice)' : voice_id, `version ${version}, ${state}`];
}

async function change(context: SampleContext, who = '', changes: AgentUpdateParams = {}): Promise<string> {
  const { agent } = context.client;
  const { agent_id } = await find(context.client, who);
  const before = await agent.retrieve(agent_id);
  const was_published = before.is_published === true;
  if (was_published) await agent.createVersion(agent_id, { base_version: before.version });
  const { version, agent_name = null } = await agent.update(agent_id, changes);
  // The SDK fails to parse the empty body of a success, so the response is read unparsed.
  if (was_published) await (await agent.publish(agent_id, { version }).asResponse()).text();
  const [[setting, value] = []] = Object.entries(changes);
  const state = was_published ? `published as version ${version}` : 'still a draft';
  const done = `${agent_id}: ${setting} is now ${JSON.stringify(value)} (${state}).`;
  return withEvent(context, done, 'agent.updated', { agent_id, agent_name });
}

async function add(context: SampleContext, agent_name = ''): Promise<string> {
  const { agent_id } = await context.client.agent.create({
    agent_name,
    voice_id: '11labs-Adrian',
    response_engine: { type: 'retell-llm', llm_id: 'llm_234sdertfsdsfsdf' },
  });
  const done = `Added ${agent_id}, ${JSON.stringify(agent_name)}.`;
  return withEvent(context, done, 'agent.created', { agent_id, agent_name });
}

async function remove(context: SampleContext, who = ''): Promise<string> {
  const agent = await find(context.client, who);
  await context.client.agent.delete(agent.agent_id);
  return withEvent(context, `Deleted ${agent.agent_id}, ${JSON.stringify(agent.agent_name)}.`, 'agent.deleted', agent);
}

async function withEvent(context: SampleContext, done: string, event: string, agent: EventAgent): Promise<string> {
  return context.sendEvent ? `${done}\n${await send(context, event, agent)}` : done;
}

async function send({ webhook }: SampleContext, name: string, agent: EventAgent): Promise<string> {
  const { agent_id, agent_name = null } = agent;
  const payload = eventNamed(name, { agent_id, agent_name });
  if (payload === null) throw new Error(`There is no event ${JSON.stringify(name)}: see --help.`);
  const response = await sendWebhook(webhook.url, payload, webhook.key).catch((cause: unknown) => {
    throw new Error(`The webhook at ${webhook.url} does not respond.`, { cause });
  });
  return `Sent ${name} for ${agent_id}: status ${response.status} ${response.body}`.trimEnd();
}

async function find(client: Retell, who: string): Promise<AgentListResponse.Item> {
  const agents = await allAgents(client);
  const byId = agents.find((agent) => agent.agent_id === who);
  if (byId !== undefined) return byId;
  const [named, another] = agents.filter((agent) => agent.agent_name === who);
  if (named === undefined) throw new Error(`No agent has the id or the name ${JSON.stringify(who)}.`);
  if (another !== undefined) throw new Error(`Several agents are named ${JSON.stringify(who)}: give the id.`);
  return named;
}

/** A thousand, the maximum of a page, because a sample account stays smaller. */
async function allAgents(client: Retell): Promise<readonly AgentListResponse.Item[]> {
  return (await client.agent.list({ limit: 1000 })).items;
}
