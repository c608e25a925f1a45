/** The platform's table as a list: does what `shared/db/apply-plan.ts` does, without a database. */
import { type AgentObservation, type Interviewer, type MergeBase, nameOf } from '../../../shared/domain/agent.ts';
import { changesOf, type OrphanChange, type RowChange } from '../../../shared/domain/change.ts';
import type { Plan } from '../../../shared/domain/plan-types.ts';
import { type Profile, profileFor } from '../../../shared/domain/profiles.ts';

export interface TableRow extends Interviewer, Profile {}

/** Every write is conditional, as in SQL, and no other client writes in between. */
export function applied(rows: readonly TableRow[], { changes, mergeBases }: Plan): readonly TableRow[] {
  const links = new Map(changesOf(changes, 'link').map((link) => [link.row.id, link]));
  const updates = byAgent(changesOf(changes, 'update', 'restore'));
  const verified = byAgent(changesOf(changes, 'verify'));
  const orphans = byAgent(changesOf(changes, 'orphan'));
  const written = rows.map((row): TableRow => {
    const link = links.get(row.id);
    if (link !== undefined && row.agent_id === null && row.sync_status === 'active')
      return linked(row, link.observation);
    if (row.agent_id === null || row.sync_status === 'deleted') return row;
    const update = updates.get(row.agent_id);
    if (update !== undefined && isExpected(row, update)) return updated(row, update);
    const orphan = orphans.get(row.agent_id);
    if (orphan !== undefined && row.sync_status === 'active') return orphaned(row, orphan);
    const verify = verified.get(row.agent_id);
    return verify === undefined ? row : { ...row, last_synced_at: verify.observation.read_at };
  });
  const taken = new Set(written.map(({ agent_id }) => agent_id));
  const created = changesOf(changes, 'create').filter(({ agent_id }) => !taken.has(agent_id));
  return withMergeBases([...written, ...created.map(({ observation }) => newRow(observation))], mergeBases);
}

function byAgent<Item extends { readonly agent_id: string }>(items: readonly Item[]): ReadonlyMap<string, Item> {
  return new Map(items.map((item) => [item.agent_id, item]));
}

function withMergeBases(rows: readonly TableRow[], mergeBases: readonly MergeBase[]): readonly TableRow[] {
  const bases = byAgent(mergeBases);
  return rows.map((row) => {
    const base = row.sync_status === 'deleted' ? undefined : bases.get(row.agent_id ?? '');
    if (base === undefined) return row;
    return { ...row, base_retell_name: base.retell_name, base_database_name: base.database_name };
  });
}

function isExpected(row: Interviewer, { row: expected }: RowChange): boolean {
  return row.name === expected.name && row.sync_status === expected.sync_status;
}

function linked(row: TableRow, observation: AgentObservation): TableRow {
  return { ...row, agent_id: observation.agent_id, name: nameOf(observation.agent), ...retellValues(observation) };
}

function updated(row: TableRow, { observation, name }: RowChange): TableRow {
  const active = { sync_status: 'active', orphaned_at: null, orphan_reason: null } as const;
  return { ...row, ...retellValues(observation), name, ...active };
}

function orphaned(row: TableRow, { observation: { read_at }, reason }: OrphanChange): TableRow {
  return { ...row, sync_status: 'orphaned', orphaned_at: read_at, orphan_reason: reason, last_synced_at: read_at };
}

function newRow(observation: AgentObservation): TableRow {
  const name = nameOf(observation.agent);
  return {
    id: `new ${observation.agent_id}`,
    agent_id: observation.agent_id,
    name,
    orphaned_at: null,
    orphan_reason: null,
    sync_status: 'active',
    base_retell_name: null,
    base_database_name: null,
    pending_name: null,
    ...retellValues(observation),
    ...profileFor(name),
  };
}

function retellValues({ agent, read_at }: AgentObservation) {
  return {
    voice_id: agent.voice_id,
    agent_version: agent.version,
    language: agent.language,
    retell_modified_at: new Date(agent.last_modification_timestamp),
    retell_metadata: agent.metadata,
    last_synced_at: read_at,
  };
}
