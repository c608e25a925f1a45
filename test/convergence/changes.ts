/** Changes by people, the platform and Retell itself. */
import { DatabaseError } from 'pg';
import type { Account, StoredAgent } from '../../infra/local/retell-simulator/account.ts';
import { latestVersion } from '../../infra/local/retell-simulator/account.ts';
import type { TestSystem } from '../support/system.ts';
import { ELIGIBLE, type Step } from './schedules.ts';

/** By the names that schedules use, independent of the rules under test. */
export function isEligible(agent: StoredAgent): boolean {
  const names: readonly unknown[] = ELIGIBLE;
  return names.includes(latestVersion(agent).settings.agent_name);
}

export function pick<Item>(items: readonly Item[], slot: number): Item | undefined {
  return items[slot % Math.max(items.length, 1)];
}

export type RetellStep = Extract<Step, { relayed: boolean }>;

/** Returns the changed agent; undefined if there is no agent to change. */
export function changeAccount(step: RetellStep, account: Account): string | undefined {
  if (step.kind === 'retell_create') return account.addAgent({ agent_name: step.name, published: true }).agent_id;
  const agent = pick(account.inOrder(), step.slot);
  if (agent === undefined) return undefined;
  const { agent_id } = agent;
  if (step.kind === 'retell_delete') account.delete(agent_id);
  else if (step.kind === 'retell_repair') account.repair(agent_id, latestVersion(agent).version, 'repaired-voice');
  else account.edit(agent_id, editOf(step), { publish: step.publish });
  return agent_id;
}

function editOf({ name, voice_id }: Extract<Step, { kind: 'retell_edit' }>): {
  agent_name?: string;
  voice_id?: string;
} {
  return {
    ...(name === undefined ? {} : { agent_name: name }),
    ...(voice_id === undefined ? {} : { voice_id }),
  };
}

export type PlatformStep = Extract<Step, { kind: `row_${string}` }>;

export async function changePlatform(step: PlatformStep, { database, simulator }: TestSystem): Promise<void> {
  const { query } = database;
  const rows = await query<{ id: number }>('select id from interviewer order by id');
  const id = step.slot === null ? undefined : pick(rows, step.slot)?.id;
  try {
    if (step.kind === 'row_insert') {
      const agent_id = step.slot === null ? null : (pick(simulator.account.inOrder(), step.slot)?.agent_id ?? null);
      await query(
        `insert into interviewer (agent_id, name, description, image, audio, empathy, exploration, rapport, speed)
         values ($1, $2, 'Written by the platform', '/own.png', null, 1, 2, 3, 4)`,
        [agent_id, step.name],
      );
    } else if (id !== undefined) {
      await query(CHANGES[step.kind], step.kind === 'row_rename' ? [id, step.name] : [id]);
    }
  } catch (error) {
    // The table's constraints apply to the platform too: one active row per agent, no removal of a referenced row.
    if (!(error instanceof DatabaseError && error.code?.startsWith('23') === true)) throw error;
  }
}

const CHANGES: Readonly<Record<Exclude<PlatformStep['kind'], 'row_insert'>, string>> = {
  row_rename: 'update interviewer set name = $2 where id = $1',
  row_delete: "update interviewer set sync_status = 'deleted' where id = $1 and sync_status = 'active'",
  row_remove: 'delete from interviewer where id = $1',
  row_refer: 'insert into interview (interviewer_id) values ($1)',
};
