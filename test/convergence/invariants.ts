/** What must hold after a schedule and one more sync; each violation is a sentence. */
import { latestVersion } from '../../infra/local/retell-simulator/account.ts';
import type { TestResponse, TestSystem } from '../support/system.ts';
import { isEligible } from './changes.ts';
import type { Recorded } from './run-schedule.ts';

/** Every request of a schedule is valid: it succeeds, is partial, is blocked by a guard, or restores what was never removed. */
const EXPECTED: ReadonlySet<number> = new Set([200, 202, 409]);

export function checkResponses({ responses, errors }: Recorded): readonly string[] {
  const failed = responses.filter(
    ({ status, body, is_allowed }) =>
      !EXPECTED.has(status) && body.code !== 'nothing_to_restore' && !(status >= 500 && is_allowed),
  );
  const thrown = errors.filter(({ error, is_allowed }) => !is_allowed && !isBlocked(error));
  return [
    ...failed.map(({ status, body, step }) => `${JSON.stringify(step)} responded ${status} ${body.code}`),
    ...thrown.map(({ error }) => `the schedule's invocation threw ${String(error)}`),
  ];
}

/** The guard blocks a schedule's invocation until a person confirms it. */
function isBlocked(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'account_mismatch';
}

/** Compares both sides after a sync. */
export async function checkState(system: TestSystem): Promise<readonly string[]> {
  const { account } = system.simulator;
  const table = await system.rows();
  const violations: string[] = [];
  const remaining = table.filter((row) => row['agent_id'] && row['sync_status'] !== 'deleted');
  if (new Set(remaining.map((row) => row['agent_id'])).size < remaining.length)
    violations.push('an agent has two rows');
  for (const row of remaining.filter((row) => row['sync_status'] === 'active')) {
    const agent = account.get(row['agent_id']);
    const label = `the active row ${row['id']} of ${row['agent_id']}`;
    if (agent === undefined) violations.push(`${label} has no agent`);
    else if (!isEligible(agent)) violations.push(`${label} has an agent that is not eligible`);
    else violations.push(...differences(agent, row).map((what) => `${label} differs in ${what}`));
  }
  const linked = new Map(table.map((row) => [row['agent_id'], row['sync_status']]));
  for (const row of remaining) linked.set(row['agent_id'], row['sync_status']);
  for (const { agent_id } of account.inOrder().filter(isEligible)) {
    const status = linked.get(agent_id) ?? 'missing';
    // A deleted row stays deleted; whether the service deleted it is checked in its history.
    if (status !== 'active' && status !== 'deleted')
      violations.push(`the row of the eligible ${agent_id} is ${status}`);
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

/** Checks the sync that must bring both sides in sync, and the audit after it. */
export function checkSync(sync: TestResponse, audit: TestResponse, missing_template: string | null): readonly string[] {
  const health = audit.body.audit_report?.health_score;
  return [
    ...checkErrors(sync, missing_template),
    ...(health === 100 ? [] : [`the health is ${health}: ${JSON.stringify(audit.body)}`]),
  ];
}

/** Checks a sync that must change nothing. */
export function checkIdle(sync: TestResponse, missing_template: string | null): readonly string[] {
  const counts = sync.body.counts ?? {};
  const busy = ['created', 'updated', 'restored', 'orphaned', 'pushed', 'conflicts', 'pending'].filter(
    (kind) => counts[kind] !== 0,
  );
  return [
    ...checkErrors(sync, missing_template),
    ...(busy.length === 0 ? [] : [`the next sync still had changes: ${JSON.stringify(counts)}`]),
  ];
}

function checkErrors({ status, body }: TestResponse, missing_template: string | null): readonly string[] {
  const all: readonly { agent_id: string }[] = body.errors ?? [];
  const errors = all.filter(({ agent_id }) => agent_id !== missing_template);
  return [
    ...(status === 200 ? [] : [`a last sync responded ${status}: ${body.error}`]),
    ...(errors.length === 0 ? [] : [`a final sync had errors: ${JSON.stringify(errors)}`]),
  ];
}
