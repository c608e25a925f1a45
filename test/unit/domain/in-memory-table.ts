/** The platform's table as a list: what `shared/db/apply-plan.ts` does to it, without a database. */
import type { Interviewer, Observation } from '../../../shared/domain/agent.ts';
import { nameOf } from '../../../shared/domain/merge-name.ts';
import type { Plan, PlannedUpdate } from '../../../shared/domain/plan-types.ts';
import { type Profile, profileFor } from '../../../shared/domain/profiles.ts';

export interface PlatformRow extends Interviewer, Profile {}

export interface Platform {
  readonly rows: readonly PlatformRow[];
  readonly agreed: ReadonlyMap<string, string>;
}

/** Every write is conditional, as in SQL; nobody else writes meanwhile. */
export function applied(platform: Platform, plan: Plan, withOrphans = true): Platform {
  const links = new Map(plan.links.map((link) => [link.row.id, link]));
  const updates = new Map([...plan.updates, ...plan.restores].map((update) => [update.observation.agent_id, update]));
  const confirms = new Map(plan.confirms.map((confirm) => [confirm.observation.agent_id, confirm]));
  const orphans = new Map(withOrphans ? plan.orphans.map((orphan) => [orphan.observation.agent_id, orphan]) : []);
  const rows = platform.rows.map((row): PlatformRow => {
    const link = links.get(row.id);
    if (link !== undefined && row.agent_id === null && row.sync_status === 'active') {
      return {
        ...row,
        agent_id: link.observation.agent_id,
        name: nameOf(link.observation.agent),
        ...retellColumns(link.observation),
      };
    }
    if (row.agent_id === null || row.sync_status === 'deleted') return row;
    const update = updates.get(row.agent_id);
    if (update !== undefined && isExpected(row, update)) return updated(row, update);
    const orphan = orphans.get(row.agent_id);
    if (orphan !== undefined && row.sync_status === 'active') {
      const { reason, observation } = orphan;
      return {
        ...row,
        sync_status: 'orphaned',
        orphaned_at: observation.read_at,
        orphan_reason: reason,
        last_synced_at: observation.read_at,
      };
    }
    const confirm = confirms.get(row.agent_id);
    return confirm === undefined ? row : { ...row, last_synced_at: confirm.observation.read_at };
  });
  const taken = new Set(rows.map(({ agent_id }) => agent_id));
  const created = plan.creates
    .filter(({ observation }) => !taken.has(observation.agent_id))
    .map(({ observation }) => bornOf(observation));
  const agreed = new Map([
    ...platform.agreed,
    ...plan.agreements.map(({ agent_id, name }) => [agent_id, name] as const),
  ]);
  return { rows: [...rows, ...created], agreed };
}

function isExpected(row: Interviewer, { row: expected }: PlannedUpdate): boolean {
  return row.name === expected.name && row.sync_status === expected.sync_status;
}

function updated(row: PlatformRow, { observation, name }: PlannedUpdate): PlatformRow {
  return {
    ...row,
    ...retellColumns(observation),
    name,
    sync_status: 'active',
    orphaned_at: null,
    orphan_reason: null,
  };
}

function bornOf(observation: Plan['creates'][number]['observation']): PlatformRow {
  const name = nameOf(observation.agent);
  return {
    id: `new ${observation.agent_id}`,
    agent_id: observation.agent_id,
    name,
    orphaned_at: null,
    orphan_reason: null,
    sync_status: 'active',
    ...retellColumns(observation),
    ...profileFor(name),
  };
}

function retellColumns({ agent, read_at }: Observation & Pick<Plan['creates'][number]['observation'], 'agent'>) {
  return {
    voice_id: agent.voice_id,
    agent_version: agent.version,
    language: agent.language,
    retell_modified_at: new Date(agent.last_modification_timestamp),
    last_synced_at: read_at,
  };
}
