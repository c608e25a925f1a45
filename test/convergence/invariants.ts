/** What must hold when a day is over and one sync has been made; each violation is a sentence. */
import { latestVersion } from '../../infra/local/retell-simulator/account.ts';
import type { TestResponse, TestSystem } from '../support/system.ts';
import { isEligible } from './changes.ts';
import type { Day } from './run-schedule.ts';

/** Every request of a schedule is in order: it is carried out, or held back for a person to confirm. */
const EXPECTED: ReadonlySet<number> = new Set([200, 202, 409]);

export function judgeAnswers({ answers, errors }: Day): readonly string[] {
  const failed = answers.filter(({ status, excused }) => !EXPECTED.has(status) && !(status >= 500 && excused));
  const thrown = errors.filter(({ error, excused }) => !excused && !isBlocked(error));
  return [
    ...failed.map(({ status, body, step }) => `${JSON.stringify(step)} was answered ${status} ${body.code}`),
    ...thrown.map(({ error }) => `the schedule's invocation threw ${String(error)}`),
  ];
}

/** The guard blocks a schedule's invocation until a person confirms it. */
function isBlocked(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'account_mismatch';
}

/** Both sides, after a sync. */
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
  const linked = new Map(table.map((row) => [row['agent_id'], row['sync_status']]));
  for (const row of living) linked.set(row['agent_id'], row['sync_status']);
  for (const { agent_id } of account.inOrder().filter(isEligible)) {
    const status = linked.get(agent_id) ?? 'missing';
    // What was deleted stays so; whether the service had deleted it, the past tells.
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

/** The one sync after which all is well, and what an audit then says. */
export function judgeSync(sync: TestResponse, audit: TestResponse, missing_template: string | null): readonly string[] {
  const health = audit.body.audit_report?.health_score;
  return [
    ...judgeErrors(sync, missing_template),
    ...(health === 100 ? [] : [`the health is ${health}: ${JSON.stringify(audit.body)}`]),
  ];
}

/** A sync that should find nothing to do. */
export function judgeIdle(sync: TestResponse, missing_template: string | null): readonly string[] {
  const counts = sync.body.counts ?? {};
  const busy = ['created', 'updated', 'restored', 'orphaned', 'pushed', 'conflicts', 'pending'].filter(
    (kind) => counts[kind] !== 0,
  );
  return [
    ...judgeErrors(sync, missing_template),
    ...(busy.length === 0 ? [] : [`the next sync still had work: ${JSON.stringify(counts)}`]),
  ];
}

function judgeErrors({ status, body }: TestResponse, missing_template: string | null): readonly string[] {
  const all: readonly { agent_id: string }[] = body.errors ?? [];
  const errors = all.filter(({ agent_id }) => agent_id !== missing_template);
  return [
    ...(status === 200 ? [] : [`a last sync was answered ${status}: ${body.error}`]),
    ...(errors.length === 0 ? [] : [`a last sync had errors: ${JSON.stringify(errors)}`]),
  ];
}
