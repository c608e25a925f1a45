/** The platform's table as a list: what `shared/db/apply-plan.ts` does to it, without a database. */
import type { Interviewer, Reading } from '../../shared/domain/agent.ts';
import { nameOf } from '../../shared/domain/names.ts';
import type { Plan, PlannedUpdate } from '../../shared/domain/planned.ts';
import { type Profile, profileFor } from '../../shared/domain/profiles.ts';

export interface PlatformRow extends Interviewer, Profile {}

export interface Platform {
  readonly rows: readonly PlatformRow[];
  readonly agreed: ReadonlyMap<string, string>;
}

/** Every write is conditional, as in SQL; nobody else writes meanwhile. */
export function applied(platform: Platform, plan: Plan, withOrphans = true): Platform {
  const links = new Map(plan.links.map((link) => [link.row.id, link]));
  const updates = new Map([...plan.updates, ...plan.restores].map((update) => [update.reading.agent_id, update]));
  const confirms = new Map(plan.confirms.map((confirm) => [confirm.reading.agent_id, confirm]));
  const orphans = new Map(withOrphans ? plan.orphans.map((orphan) => [orphan.reading.agent_id, orphan]) : []);
  const rows = platform.rows.map((row): PlatformRow => {
    const link = links.get(row.id);
    if (link !== undefined && row.agent_id === null && row.sync_status === 'active') {
      return {
        ...row,
        agent_id: link.reading.agent_id,
        name: nameOf(link.reading.agent),
        ...retellColumns(link.reading),
      };
    }
    if (row.agent_id === null || row.sync_status === 'deleted') return row;
    const update = updates.get(row.agent_id);
    if (update !== undefined && isExpected(row, update)) return updated(row, update);
    const orphan = orphans.get(row.agent_id);
    if (orphan !== undefined && row.sync_status === 'active') {
      const { reason, reading } = orphan;
      return {
        ...row,
        sync_status: 'orphaned',
        orphaned_at: reading.read_at,
        orphan_reason: reason,
        last_synced_at: reading.read_at,
      };
    }
    const confirm = confirms.get(row.agent_id);
    return confirm === undefined ? row : { ...row, last_synced_at: confirm.reading.read_at };
  });
  const taken = new Set(rows.map(({ agent_id }) => agent_id));
  const created = plan.creates
    .filter(({ reading }) => !taken.has(reading.agent_id))
    .map(({ reading }) => bornOf(reading));
  const agreed = new Map([
    ...platform.agreed,
    ...plan.agreements.map(({ agent_id, name }) => [agent_id, name] as const),
  ]);
  return { rows: [...rows, ...created], agreed };
}

function isExpected(row: Interviewer, { row: expected }: PlannedUpdate): boolean {
  return row.name === expected.name && row.sync_status === expected.sync_status;
}

function updated(row: PlatformRow, { reading, name }: PlannedUpdate): PlatformRow {
  return {
    ...row,
    ...retellColumns(reading),
    name,
    sync_status: 'active',
    orphaned_at: null,
    orphan_reason: null,
  };
}

function bornOf(reading: Plan['creates'][number]['reading']): PlatformRow {
  const name = nameOf(reading.agent);
  return {
    id: `new ${reading.agent_id}`,
    agent_id: reading.agent_id,
    name,
    orphaned_at: null,
    orphan_reason: null,
    sync_status: 'active',
    ...retellColumns(reading),
    ...profileFor(name),
  };
}

function retellColumns({ agent, read_at }: Reading & Pick<Plan['creates'][number]['reading'], 'agent'>) {
  return {
    voice_id: agent.voice_id,
    agent_version: agent.version,
    language: agent.language,
    retell_modified_at: new Date(agent.last_modification_timestamp),
    last_synced_at: read_at,
  };
}
