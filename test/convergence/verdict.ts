/** What must hold when a day is over and one sync has been made; each violation is a sentence. */
import * as v from 'valibot';
import { latestVersion } from '../../infra/local/retell-simulator/account.ts';
import type { SimulatedRequest } from '../../infra/local/retell-simulator/reply.ts';
import type { Answered, TestSystem } from '../support/system.ts';
import { type Day, isEligible } from './day.ts';
import { listSightings, type Sighting } from './witness.ts';

const OWNED = [
  'description',
  'image',
  'audio',
  'empathy',
  'exploration',
  'rapport',
  'speed',
  'created_at',
  'id',
] as const;

/** What may be answered with a 5xx when Retell or the connections to Postgres were made to fail. */
const RETELL_CODES: ReadonlySet<string> = new Set([
  'retell_unavailable',
  'deliver_again',
  'retell_listing_malformed',
  'audit_incomplete',
  'template_missing',
  'deadline_exceeded',
]);

export function judgeAnswers({ answers, errors, killedConnections, retellFaults }: Day): readonly string[] {
  const isInjected = (code: string) =>
    (killedConnections && code === 'database_unavailable') || (retellFaults && RETELL_CODES.has(code));
  const failed = answers.filter(({ status, body }) => status >= 500 && !isInjected(String(body.code)));
  const thrown = errors.filter((error) => !isInjected(codeOf(error)));
  return [
    ...failed.map(({ status, body, step }) => `${JSON.stringify(step)} was answered ${status} ${body.code}`),
    ...thrown.map((error) => `the schedule's invocation threw ${String(error)}`),
  ];
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** Both sides, after the last sync. */
export async function judgeState(system: TestSystem): Promise<readonly string[]> {
  const { account } = system.simulator;
  const table = await system.rows();
  const violations: string[] = [];
  const living = table.filter((row) => row['agent_id'] && row['sync_status'] !== 'deleted');
  if (new Set(living.map((row) => row['agent_id'])).size < living.length) violations.push('an agent has two rows');
  for (const row of living.filter((row) => row['sync_status'] === 'active')) {
    const agent = account.get(row['agent_id']);
    const told = `the active row ${row['id']} of ${row['agent_id']}`;
    if (agent === undefined) violations.push(`${told} has no agent`);
    else if (!isEligible(agent)) violations.push(`${told} has an agent that is not eligible`);
    else violations.push(...differences(agent, row).map((what) => `${told} differs in ${what}`));
  }
  for (const agent of account.inOrder().filter(isEligible)) {
    const own = table.filter((row) => row['agent_id'] === agent.agent_id);
    const settled =
      own.some((row) => row['sync_status'] === 'active') || own.some((row) => row['sync_status'] === 'deleted');
    if (!settled) violations.push(`the eligible agent ${agent.agent_id} has no active row`);
  }
  return violations;
}

function differences(agent: Parameters<typeof latestVersion>[0], row: Record<string, unknown>): readonly string[] {
  const { settings, version, last_modification_timestamp } = latestVersion(agent);
  const pairs = {
    name: [row['name'], settings.agent_name],
    voice_id: [row['voice_id'], settings.voice_id],
    agent_version: [row['agent_version'], version],
    language: [row['language'], settings.language],
    retell_modified_at: [Number(row['retell_modified_at']), last_modification_timestamp],
  };
  return Object.entries(pairs)
    .filter(([, [database, retell]]) => database !== retell)
    .map(([field, [database, retell]]) => `${field} (${String(database)}, in Retell ${String(retell)})`);
}

/** What was ever done to the table, by the service. */
export async function judgePast({ database }: TestSystem, day: Day): Promise<readonly string[]> {
  const archived = await database.query<{ interviewer_id: string }>(
    'select interviewer_id from voice_agent_sync.archived_interviewer',
  );
  const kept = new Set(archived.map(({ interviewer_id }) => interviewer_id));
  const sightings = await listSightings(database);
  const deleted = new Map<unknown, unknown>();
  const violations: string[] = [];
  for (const sighting of sightings) {
    const { by_service, before, after } = sighting;
    if (before !== null) deleted.delete(before['id']);
    const second = by_service && before === null && [...deleted.values()].includes(after?.['agent_id']);
    if (after?.['sync_status'] === 'deleted') deleted.set(after['id'], after['agent_id']);
    if (second) violations.push(`${String(after?.['agent_id'])}, whose row was deleted, got a new row`);
    if (by_service) violations.push(...judgeSighting(sighting, kept, day));
  }
  return violations;
}

/** Every name that the service ever sent to Retell is one that the platform gave to the row of that very agent. */
export async function judgePushes(
  { database }: TestSystem,
  requests: readonly SimulatedRequest[],
): Promise<readonly string[]> {
  const renames = (await listSightings(database)).filter(
    ({ by_service, before, after }) => !by_service && before !== null && before['name'] !== after?.['name'],
  );
  const given = new Set(renames.map(({ after }) => `${String(after?.['agent_id'])} ${String(after?.['name'])}`));
  return requests
    .filter(({ method }) => method === 'PATCH')
    .map(({ path, body }) => `${path.split('/').at(-1)} ${v.parse(Renaming, body).agent_name}`)
    .filter((sent) => !given.has(sent))
    .map((sent) => `"${sent}" was sent to Retell, and the platform never gave that name`);
}

const Renaming = v.object({ agent_name: v.string() });

function judgeSighting({ op, before, after }: Sighting, kept: ReadonlySet<string>, day: Day): readonly string[] {
  if (before === null) return [];
  const told = `row ${String(before['id'])} of ${String(before['agent_id'])}`;
  if (op === 'DELETE' || after === null) {
    const archived = kept.has(String(before['id'])) && before['sync_status'] === 'orphaned';
    return archived ? [] : [`${told} was removed, and is not in the archive`];
  }
  const agent_id = String(after['agent_id']);
  const changed = OWNED.filter((field) => before[field] !== after[field]);
  const resurrected = before['sync_status'] === 'deleted' && after['sync_status'] !== 'deleted';
  const asked = before['orphaned_at'] !== null && day.restored.has(agent_id);
  const orphaned = before['sync_status'] === 'active' && after['sync_status'] === 'orphaned';
  const older = Date.parse(String(after['retell_modified_at'])) < Date.parse(String(before['retell_modified_at']));
  const moved = before['agent_id'] !== after['agent_id'] && Boolean(before['agent_id']);
  return [
    ...changed.map((field) => `${told}: the platform's ${field} was changed`),
    ...(resurrected && !asked ? [`${told} was deleted, and was brought back`] : []),
    ...(orphaned && !day.doubtful.has(agent_id) ? [`${told} was orphaned, but its agent was always eligible`] : []),
    ...(older ? [`${told} went back to an older state of its agent`] : []),
    ...(moved ? [`${told} was given to ${agent_id}`] : []),
  ];
}

/** The last sync, one more that should find nothing to do, and an audit. */
export function judgeQuiet(
  { last, next, audit }: Record<'last' | 'next' | 'audit', Answered>,
  createsAgents: boolean,
  missing_template: string | null,
): readonly string[] {
  const all: readonly { agent_id: string }[] = last.body.errors ?? [];
  const errors = all.filter(({ agent_id }) => agent_id !== missing_template);
  const counts = next.body.counts ?? {};
  const busy = ['created', 'updated', 'restored', 'orphaned', 'pushed', 'conflicts', 'errors', 'pending'].filter(
    (kind) => counts[kind] !== 0,
  );
  const health = audit.body.audit_report?.health_score;
  return [
    ...(last.status === 200 ? [] : [`the last sync was answered ${last.status}: ${last.body.error}`]),
    ...(errors.length === 0 ? [] : [`the last sync had errors: ${JSON.stringify(errors)}`]),
    // A row that shared its name with several new agents gets its own one only once they have rows.
    ...(busy.length === 0 || createsAgents
      ? []
      : [`the next sync still had work: ${JSON.stringify(next.body.counts)}`]),
    ...(health === 100 ? [] : [`the health is ${health}: ${JSON.stringify(audit.body)}`]),
  ];
}
