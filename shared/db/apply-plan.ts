/** Carries a plan out, in the transaction of `query`, and tells what really reached the database. */
import type { Observation } from '../domain/agent.ts';
import type { Written } from '../domain/change.ts';
import type { MergeBase, Plan, Problem } from '../domain/plan-types.ts';
import { writeBisecting } from './bisect-batch.ts';
import {
  confirmInterviewers,
  insertInterviewers,
  linkInterviewers,
  orphanInterviewers,
  updateInterviewers,
} from './interviewers.ts';
import { saveMergeBases } from './merge-bases.ts';
import { lockObservations } from './observations.ts';
import type { Query } from './pool.ts';

/** A planned write, whatever its kind, rests on a reading. */
interface Resting {
  readonly observation: Observation;
}

/**
 * Nothing newer is overwritten: an agent of which a newer reading says something else is left to whoever made it, and a row
 * that the platform changed meanwhile to the next run. `withOrphans` is false when the guard holds them back.
 */
export async function applyPlan(query: Query, plan: Plan, withOrphans: boolean): Promise<Written> {
  const orphans = withOrphans ? plan.orphans : [];
  const resting: readonly Resting[] = [
    ...plan.creates,
    ...plan.links,
    ...plan.updates,
    ...plan.restores,
    ...plan.confirms,
    ...orphans,
  ];
  const overtaken = await lockObservations(
    query,
    resting.map(({ observation }) => observation),
  );
  const current = <Item extends Resting>(items: readonly Item[]) =>
    items.filter(({ observation }) => !overtaken.has(observation.agent_id));

  const problems: Problem[] = [];
  const write = async <Item extends Resting>(
    items: readonly Item[],
    statement: (query: Query, items: readonly Item[]) => Promise<string[]>,
    name: (item: Item) => string,
  ) => {
    const refused = (item: Item, reason: string) =>
      problems.push({ agent_id: item.observation.agent_id, name: name(item), reason });
    return new Set(await writeBisecting(query, current(items), statement, refused));
  };
  // Links come first: a row that exists takes its agent before a new row could.
  const links = await write(plan.links, linkInterviewers, ({ row }) => row.name);
  const creates = await write(
    plan.creates,
    insertInterviewers,
    ({ observation }) => observation.agent.agent_name ?? '',
  );
  const updates = await write(plan.updates, updateInterviewers, ({ name }) => name);
  const restores = await write(plan.restores, updateInterviewers, ({ name }) => name);
  const orphaned = await write(orphans, orphanInterviewers, ({ row }) => row.name);
  await write(plan.confirms, confirmInterviewers, ({ name }) => name);

  const settled = settledAgreements(plan, [links, creates, updates, restores]);
  if (settled.length > 0) await saveMergeBases(query, settled);
  return { creates, links, updates, restores, orphans: orphaned, problems };
}

/** A name is agreed once both sides bear it: when its row was written, or needed no writing. */
function settledAgreements(plan: Plan, written: readonly ReadonlySet<string>[]): readonly MergeBase[] {
  const planned: readonly Resting[] = [...plan.links, ...plan.creates, ...plan.updates, ...plan.restores];
  const unwritten = new Set(planned.map(({ observation }) => observation.agent_id));
  for (const agent_ids of written) for (const agent_id of agent_ids) unwritten.delete(agent_id);
  return plan.agreements.filter(({ agent_id }) => !unwritten.has(agent_id));
}
