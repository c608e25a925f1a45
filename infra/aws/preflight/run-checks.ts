import { ACCOUNT_CHECKS, identity } from './account-checks.ts';
import { type Check, type CheckContext, type Finding, reasonOf, skipped } from './check.ts';
import { REACH_CHECKS } from './reach-checks.ts';
import { REGION_CHECKS } from './region-checks.ts';
import { STACK_CHECKS } from './stack-checks.ts';

export const CHECKS: readonly Check[] = [...ACCOUNT_CHECKS, ...REGION_CHECKS, ...STACK_CHECKS, ...REACH_CHECKS];

export interface Named {
  readonly name: string;
  readonly finding: Finding;
}

/** Results in the order of `CHECKS`, after that of the account, without which nothing else is asked. */
export async function runChecks(context: CheckContext): Promise<readonly Named[]> {
  const account = await runCheck(identity, context);
  if (account.finding.status === 'failed') return [account];
  return [account, ...(await Promise.all(CHECKS.map(async (check) => await runCheck(check, context))))];
}

/** A check that cannot run is skipped with its reason. */
export async function runCheck({ name, run }: Check, context: CheckContext): Promise<Named> {
  const finding = await run(context).catch((error: unknown) => {
    return skipped(`It could not be asked (${reasonOf(error)}).`);
  });
  return { name, finding };
}

const MARKS = { passed: 'passed ', failed: 'FAILED ', skipped: 'skipped' } as const;

export function linesOf(findings: readonly Named[]): string[] {
  const width = Math.max(...findings.map(({ name }) => name.length));
  return findings.flatMap(({ name, finding }) => [
    `${MARKS[finding.status]}  ${name.padEnd(width)}  ${finding.text}`,
    ...(finding.status === 'failed' ? [`${' '.repeat(width + 11)}-> ${finding.remedy}`] : []),
  ]);
}
