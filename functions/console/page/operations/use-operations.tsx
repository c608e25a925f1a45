/** Runs syncs, dry runs and checks, one at a time, and keeps the last outcome. */
import { useMutation, useQueryClient } from '@tanstack/preact-query';
import { type ComponentChildren, createContext } from 'preact';
import { useContext, useMemo } from 'preact/hooks';
import * as v from 'valibot';
import { type AuditReport, GuardResponse, type SyncReport } from '../data/api-types.ts';
import { client } from '../data/client.ts';
import { latestRuns } from '../data/queries.ts';
import { RequestError } from '../data/request-error.ts';
import type { LastOperation, OperationName } from './current-notice.ts';

export type Outcome =
  /** `plan`: from a dry run. */
  | { readonly kind: 'plan' | 'report'; readonly report: SyncReport }
  | { readonly kind: 'audit'; readonly audit: AuditReport }
  | { readonly kind: 'blocked'; readonly guard: GuardResponse };

export interface Operations extends LastOperation {
  readonly outcome: Outcome | null;
  readonly error: RequestError | null;
  /** Start of the last operation. */
  readonly at: number;
  readonly start: (name: OperationName, options?: OperationOptions) => void;
  readonly dismiss: () => void;
}

interface OperationOptions {
  /** Token of the plan whose orphans are confirmed; none are without it. */
  readonly plan?: string;
  /** The agent to fix. */
  readonly agent_id?: string;
}

const OperationsContext = createContext<Operations | null>(null);

export function useOperations(): Operations {
  const operations = useContext(OperationsContext);
  if (operations === null) throw new Error('There is no OperationsProvider');
  return operations;
}

export function OperationsProvider({ children }: { children: ComponentChildren }) {
  const queries = useQueryClient();
  const { mutate, reset, data, error, isPending, submittedAt, variables } = useMutation({
    mutationFn: perform,
    onMutate: () => void queries.invalidateQueries({ queryKey: latestRuns.queryKey }),
    onSettled: () => queries.invalidateQueries(),
  });
  const operations = useMemo(
    (): Operations => ({
      busy: isPending && variables !== undefined ? variables.name : null,
      result: error === null ? (data?.kind ?? null) : 'failed',
      after: variables?.after ?? 0,
      outcome: data ?? null,
      error,
      at: submittedAt,
      start: (name, options = {}) => {
        const [newest] = queries.getQueryData(latestRuns.queryKey) ?? [];
        mutate({ name, options, after: newest?.id ?? 0 });
      },
      dismiss: reset,
    }),
    [queries, mutate, reset, data, error, isPending, submittedAt, variables],
  );
  return <OperationsContext.Provider value={operations}>{children}</OperationsContext.Provider>;
}

interface Operation {
  readonly name: OperationName;
  readonly options: OperationOptions;
  /** Id of the newest run at the start. */
  readonly after: number;
}

async function perform({ name, options: { plan, agent_id } }: Operation): Promise<Outcome> {
  if (name === 'check') return { kind: 'audit', audit: await client.audit() };
  try {
    const report = await client.sync({
      ...(name === 'dry_run' ? { dry_run: true } : {}),
      ...(name === 'full' ? { full: true } : {}),
      ...(plan === undefined ? {} : { confirm_orphans: plan }),
      ...(agent_id === undefined ? {} : { agent_id }),
    });
    // The sync of one agent has no score.
    if (name === 'fix') await client.audit();
    return { kind: report.dry_run ? 'plan' : 'report', report };
  } catch (error) {
    return blocked(error);
  }
}

/** @throws the error unless the guard caused it */
function blocked(error: unknown): Outcome {
  const guard = v.safeParse(GuardResponse, error instanceof RequestError ? error.details.body : null);
  if (!guard.success) throw error;
  return { kind: 'blocked', guard: guard.output };
}
