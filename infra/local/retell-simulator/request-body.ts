/** Request bodies: checks what Retell requires, and accepts everything else. */
import type {
  AgentCreateParams,
  AgentCreateVersionParams,
  AgentPublishParams,
  AgentUpdateParams,
} from 'retell-sdk/resources/agent';
import * as v from 'valibot';
import { type Reply, refusal } from './reply.ts';

const engine = v.variant('type', [
  v.looseObject({ type: v.literal('retell-llm'), llm_id: v.string() }),
  v.looseObject({ type: v.literal('conversation-flow'), conversation_flow_id: v.string() }),
  v.looseObject({ type: v.literal('custom-llm'), llm_websocket_url: v.string() }),
]);
const settings = {
  agent_name: v.optional(v.nullable(v.string())),
  language: v.optional(v.union([v.string(), v.array(v.string())])),
};

const createAgent = v.looseObject({
  ...settings,
  response_engine: engine,
  voice_id: v.pipe(v.string(), v.minLength(1)),
});
const updateAgent = v.looseObject({
  ...settings,
  response_engine: v.optional(engine),
  voice_id: v.optional(v.string()),
});
const versionNumber = v.pipe(v.number(), v.integer(), v.minValue(0));
const createVersion = v.object({ base_version: versionNumber });
const publish = v.object({ version: versionNumber });
/** Filters are not simulated: a request that needs one fails instead of listing everything. */
const list = v.strictObject({});

export type Body<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reply: Reply };

export const bodyOfCreateAgent = (body: unknown): Body<AgentCreateParams> => read(createAgent, body);
export const bodyOfUpdateAgent = (body: unknown): Body<AgentUpdateParams> => read(updateAgent, body);
export const bodyOfCreateVersion = (body: unknown): Body<AgentCreateVersionParams> => read(createVersion, body);
export const bodyOfPublish = (body: unknown): Body<AgentPublishParams> => read(publish, body);
export const bodyOfList = (body: unknown): Body<object> => read(list, body ?? {});

function read<T>(schema: v.GenericSchema, body: unknown): Body<T> {
  // The schemas check less than the SDK's types, and less than Retell itself.
  const accepts = (value: unknown): value is T => v.is(schema, value);
  if (accepts(body)) return { ok: true, value: body };
  const [issue] = v.safeParse(schema, body).issues ?? [];
  const where = issue === undefined ? '' : v.getDotPath(issue);
  return { ok: false, reply: refusal(400, `request/body/${where ?? ''} ${issue?.message ?? 'is not acceptable'}`) };
}
