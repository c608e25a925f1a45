import { AgentPage } from '../../../shared/api/agents.ts';
import { Explanation } from '../../../shared/api/audit.ts';
import { API } from '../../../shared/api/endpoints.ts';
import { chooseAgent, type NamedAgent } from '../choose-agent.ts';
import type { FailedRequest } from '../client.ts';
import type { Command, CommandContext } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { failed, succeeded } from '../outcome.ts';
import { explainLines } from '../text/explain-text.ts';

export const explain: Command = {
  summary: 'Show why one agent is or is not in sync: rules, both sides, history',
  positionals: [{ name: 'agent_id or name', required: true }],
  options: [],
  examples: ['explain agent_1f0c6a9d84e2b7350d91c4f8a2', "explain 'Explorer Lisa'"],
  async run(context, { positionals: [given = ''] }) {
    const agent_id = await findAgent(context, given);
    if (typeof agent_id !== 'string') return failed(agent_id, context);
    const reply = await context.client.call(API.audit, Explanation, { query: { agent_id } });
    if (!reply.ok) return failed(reply, context);
    const exit = reply.value.in_step ? EXIT.ok : EXIT.outOfSync;
    return succeeded({ exit, lines: explainLines(reply.value, context.paint), body: reply.body });
  },
};

const AGENT_ID = /^agent_\w+$/;

/** An id is sent unchanged: Retell may know an agent that is not in the database. */
async function findAgent({ client }: CommandContext, given: string): Promise<string | FailedRequest> {
  if (AGENT_ID.test(given)) return given;
  const agents: NamedAgent[] = [];
  let after = '';
  do {
    const page = await client.call(API.listAgents, AgentPage, { query: { after } });
    if (!page.ok) return page;
    agents.push(...page.value.agents);
    after = page.value.next ?? '';
  } while (after !== '');
  return chooseAgent(agents, given);
}
