/** What `GET /api/agents` takes and returns. */
import * as v from 'valibot';
import { Difference, DiscrepancyStatus } from './discrepancy.ts';
import type { Endpoints } from './endpoint.ts';
import * as examples from './examples.ts';
import { AgentId, type Data, Success, Timestamp, wholeNumber } from './fields.ts';

export const AgentsQuery = v.strictObject({
  limit: v.pipe(v.optional(wholeNumber(1, 2_000), '2000'), v.description('How many agents a page holds.')),
  after: v.pipe(v.optional(v.union([v.literal(''), AgentId]), ''), v.description('The `next` of the previous page.')),
});

export const AgentState = v.picklist([
  'in_step',
  'out_of_step',
  'skipped',
  'orphaned',
  'deleted',
  'archived',
  'unread',
]);
export type AgentState = Data<typeof AgentState>;

export const AgentOverview = v.object({
  agent_id: v.pipe(v.string(), v.description("The agent's id in Retell.")),
  name: v.pipe(v.string(), v.description("The interviewer's name, otherwise the agent's, otherwise its id.")),
  state: v.pipe(AgentState, v.description('`in_step`: in sync; `out_of_step`: out of sync; `unread`: not read yet.')),
  reason: v.pipe(v.string(), v.description('Why it is in this state, in a sentence.')),
  discrepancy: v.pipe(v.nullable(DiscrepancyStatus), v.description('Set if the agent is out of sync.')),
  differences: v.pipe(
    v.exactOptional(v.array(Difference)),
    v.description('Each field in which both sides differ; absent if they agree, or if one is missing.'),
  ),
  interviewer_id: v.pipe(v.nullable(v.string()), v.description("The row's id in the interviewer table.")),
  voice_id: v.pipe(v.nullable(v.string()), v.description("The agent's voice.")),
  language: v.pipe(v.nullable(v.string()), v.description("The agent's language.")),
  last_synced_at: v.pipe(v.nullable(Timestamp), v.description('When a sync last wrote the interviewer.')),
  restorable: v.pipe(v.boolean(), v.description('A cleanup took it out of use, and `restore` brings it back.')),
});
export type AgentOverview = Data<typeof AgentOverview>;

export const AgentPage = v.object({
  success: Success,
  agents: v.pipe(v.array(AgentOverview), v.description('Agents of both sides, ordered by id.')),
  next: v.pipe(v.nullable(v.string()), v.description('Send it as `after` for the next page; null on the last page.')),
});
export type AgentPage = Data<typeof AgentPage>;

export const agentEndpoints = {
  listAgents: {
    method: 'GET',
    path: '/api/agents',
    function: 'console',
    access: 'token',
    dependsOn: ['database'],
    tag: 'Console',
    summary: 'All agents of both sides as last seen, without a request to Retell',
    request: { query: AgentsQuery },
    responses: {
      200: { description: 'A page of agents, ordered by id.', schema: AgentPage, example: examples.agentPage },
    },
    errors: {},
  },
} as const satisfies Endpoints;
