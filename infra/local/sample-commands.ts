/** What the sample command line does, through the real SDK, as a user of the Retell dashboard would. */
import type { Retell } from 'retell-sdk';
import type { AgentListResponse, AgentUpdateParams } from 'retell-sdk/resources/agent';
import { type EventAgent, eventNamed } from './retell-simulator/events.ts';
import { sendWebhook } from './retell-simulator/webhooks.ts';

export interface SampleContext {
  readonly client: Retell;
  readonly webhook: { readonly url: string; readonly key: string };
  /** Whether a change is followed by its agent event. */
  readonly sendEvent: boolean;
}

export interface SampleCommand {
  readonly name: 'list' | 'rename' | 'voice' | 'add' | 'delete' | 'send';
  readonly args: readonly string[];
}

type Listed = AgentListResponse.Item;

/** Returns what to print; throws an Error of one sentence. */
export async function actOn(context: SampleContext, command: SampleCommand): Promise<string> {
  const [first = '', second = ''] = command.args;
  switch (command.name) {
    case 'list':
      return list(context.client);
    case 'rename':
      return change(context, first, { agent_name: second });
    case 'voice':
      return change(context, first, { voice_id: second });
    case 'add':
      return add(context, first);
    case 'delete':
      return remove(context, first);
    case 'send':
      return send(context, first, await find(context.client, second));
    default:
      return command.name satisfies never;
  }
}

async function list(client: Retell): Promise<string> {
  const agents = await allAgents(client);
  const details = await Promise.all(agents.map((agent) => describe(client, agent)));
  return details.length === 0 ? 'The account has no agents.' : table(details);
}

async function change(context: SampleContext, who: string, changes: AgentUpdateParams): Promise<string> {
  const { agent_id } = await find(context.client, who);
  const before = await context.client.agent.retrieve(agent_id);
  const was_published = before.is_published === true;
  if (was_published) await context.client.agent.createVersion(agent_id, { base_version: before.version });
  const after = await context.client.agent.update(agent_id, changes);
  if (was_published) await publish(context.client, agent_id, after.version);
  const what = Object.keys(changes).join();
  const state = was_published ? `published as version ${after.version}` : 'a draft, as it was';
  const done = `${agent_id}: ${what} is now ${JSON.stringify(Object.values(changes)[0])} (${state}).`;
  return withEvent(context, done, 'agent.updated', { agent_id, agent_name: after.agent_name ?? null });
}

/** The SDK takes the empty body of a success for broken JSON: it is read unparsed. */
async function publish(client: Retell, agent_id: string, version: number): Promise<void> {
  await (await client.agent.publish(agent_id, { version }).asResponse()).text();
}

async function add(context: SampleContext, agent_name: string): Promise<string> {
  const { agent_id } = await context.client.agent.create({
    agent_name,
    voice_id: '11labs-Adrian',
    response_engine: { type: 'retell-llm', llm_id: 'llm_234sdertfsdsfsdf' },
  });
  return withEvent(context, `Added ${agent_id}, ${JSON.stringify(agent_name)}.`, 'agent.created', {
    agent_id,
    agent_name,
  });
}

async function remove(context: SampleContext, who: string): Promise<string> {
  const agent = await find(context.client, who);
  await context.client.agent.delete(agent.agent_id);
  return withEvent(context, `Deleted ${agent.agent_id}, ${JSON.stringify(agent.agent_name)}.`, 'agent.deleted', agent);
}

async function withEvent(context: SampleContext, done: string, event: string, agent: EventAgent): Promise<string> {
  return context.sendEvent ? `${done}\n${await send(context, event, agent)}` : done;
}

async function send(context: SampleContext, name: string, agent: EventAgent): Promise<string> {
  const { agent_id, agent_name = null } = agent;
  const payload = eventNamed(name, { agent_id, agent_name });
  if (payload === null) throw new Error(`There is no event ${JSON.stringify(name)}: see --help.`);
  const answer = await sendWebhook(context.webhook.url, payload, context.webhook.key).catch((error: unknown) => {
    throw new Error(`The webhook at ${context.webhook.url} does not answer.`, { cause: error });
  });
  return `Sent ${name} for ${agent_id}: answered ${answer.status} ${answer.body}`.trimEnd();
}

async function find(client: Retell, who: string): Promise<Listed> {
  const agents = await allAgents(client);
  const byId = agents.find((agent) => agent.agent_id === who);
  if (byId !== undefined) return byId;
  const [named, another] = agents.filter((agent) => agent.agent_name === who);
  if (named === undefined) throw new Error(`No agent has the id or the name ${JSON.stringify(who)}.`);
  if (another !== undefined) throw new Error(`Several agents are named ${JSON.stringify(who)}: give the id.`);
  return named;
}

async function allAgents(client: Retell): Promise<Listed[]> {
  const agents: Listed[] = [];
  for (let key: string | undefined, more = true; more; ) {
    const page = await client.agent.list({ limit: 1000, ...(key === undefined ? {} : { pagination_key: key }) });
    agents.push(...page.items);
    key = page.pagination_key;
    more = page.has_more && key !== undefined;
  }
  return agents;
}

async function describe(client: Retell, agent: Listed): Promise<string[]> {
  const name = agent.agent_name === '' ? '(no name)' : agent.agent_name;
  if (agent.channel === 'chat') return [agent.agent_id, name, '(chat agent)', ''];
  const { voice_id, version, is_published } = await client.agent.retrieve(agent.agent_id);
  const state = is_published === true ? 'published' : 'draft';
  return [agent.agent_id, name, voice_id === '' ? '(no voice)' : voice_id, `version ${version}, ${state}`];
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
