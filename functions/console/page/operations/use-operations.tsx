/** Syncs, dry runs and checks: one at a time, with the outcome of the last one. */
import { useMutation, useQueryClient } from '@tanstack/preact-query';
import { type ComponentChildren, createContext } from 'preact';
import { useContext } from 'preact/hooks';
import * as v from 'valibot';
import { type AuditReport, OrphanGuard, type SyncReport } from '../data/api-types.ts';
import { client } from '../data/client.ts';
import { latestRuns } from '../data/queries.ts';
import { RequestError } from '../data/request-error.ts';

export type OperationName = 'dry_run' | 'sync' | 'full' | 'confirm' | 'check';

interface Operation {
  readonly name: OperationName;
  /** Confirms the orphans of this plan; null confirms none. */
  readonly plan: string | null;
  /** The newest run that the page knew when the operation began. */
  readonly after: number;
}

export type Outcome =
  | { readonly kind: 'report'; readonly report: SyncReport }
  | { readonly kind: 'audit'; readonly audit: AuditReport }
  /** The guard blocked it; `report` is what was applied nevertheless. */
  | { readonly kind: 'blocked'; readonly guard: OrphanGuard };

export interface Operations {
  /** null: nothing is running. */
  readonly busy: OperationName | null;
  readonly outcome: Outcome | null;
  readonly error: RequestError | null;
  /** When the last operation began. */
  readonly at: number;
  /** The newest run before it. */
  readonly after: number;
  readonly start: (name: OperationName, plan?: string) => void;
  readonly dismiss: () => void;
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
  const operations: Operations = {
    busy: isPending && variables !== undefined ? variables.name : null,
    outcome: data ?? null,
    error,
    at: submittedAt,
    after: variables?.after ?? 0,
    start: (name, plan) => {
      const [newest] = queries.getQueryData(latestRuns.queryKey) ?? [];
      mutate({ name, plan: plan ?? null, after: newest?.id ?? 0 });
    },
    dismiss: reset,
  };
  return <OperationsContext.Provider value={operations}>{children}</OperationsContext.Provider>;
}

async function perform({ name, plan }: Operation): Promise<Outcome> {
  if (name === 'check') return { kind: 'audit', audit: await client.audit() };
  try {
    const report = await client.sync({
      ...(name === 'dry_run' ? { dry_run: true } : {}),
      ...(name === 'full' ? { full: true } : {}),
      ...(plan === null ? {} : { confirm_orphans: plan }),
    });
    return { kind: 'report', report };
  } catch (error) {
    return blocked(error);
  }
}

function blocked(error: unknown): Outcome {
  const guard = v.safeParse(OrphanGuard, error instanceof RequestError ? error.details.body : null);
  if (!guard.success) throw error;
  return { kind: 'blocked', guard: guard.output };
}
