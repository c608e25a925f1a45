/** Syncs, dry runs and checks: one at a time, with what came of the last one. */
import { useCallback, useState } from 'preact/hooks';
import * as v from 'valibot';
import { type AuditReport, AuditResponse } from '../../../shared/api/audit.ts';
import { GuardResponse, SyncReport } from '../../../shared/api/sync.ts';
import { type Failure, get, post } from './api-client.ts';

export type Operation = 'dry_run' | 'sync' | 'full' | 'confirm' | 'check';

export interface Held {
  readonly code: string;
  readonly error: string;
  readonly plan: string;
  readonly agents: GuardResponse['held_back'];
}

export interface Outcome {
  readonly operation: Operation;
  readonly report: SyncReport | null;
  readonly audit: AuditReport | null;
  readonly held: Held | null;
  readonly failure: Failure | null;
}

export interface Operations {
  /** null: nothing is under way. */
  readonly busy: Operation | null;
  readonly outcome: Outcome | null;
  /** `plan` confirms what the guard holds back. */
  readonly run: (operation: Operation, plan?: string) => Promise<void>;
  readonly dismiss: () => void;
}

const NOTHING = { report: null, audit: null, held: null, failure: null };

export function useOperations(done: () => Promise<void>, watch: (busy: boolean) => void): Operations {
  const [busy, setBusy] = useState<Operation | null>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const run = useCallback(
    async (operation: Operation, plan?: string) => {
      setBusy(operation);
      watch(true);
      const outcome = operation === 'check' ? await check() : await sync(operation, plan);
      await done();
      setOutcome({ ...NOTHING, ...outcome, operation });
      setBusy(null);
      watch(false);
    },
    [done, watch],
  );
  return { busy, outcome, run, dismiss: useCallback(() => setOutcome(null), []) };
}

async function check(): Promise<Partial<Outcome>> {
  const asked = await get('/api/audit-agents', AuditResponse);
  return asked.ok ? { audit: asked.value.audit_report } : { failure: asked.failure };
}

async function sync(operation: Operation, plan: string | undefined): Promise<Partial<Outcome>> {
  const body = {
    ...(operation === 'dry_run' ? { dry_run: true } : {}),
    ...(operation === 'full' ? { full: true } : {}),
    ...(plan === undefined ? {} : { confirm_orphans: plan }),
  };
  const asked = await post('/api/sync-retell-agents', SyncReport, body);
  if (asked.ok) return { report: asked.value };
  const guard = v.safeParse(GuardResponse, asked.failure.answer);
  if (!guard.success) return { failure: asked.failure };
  const { code, error, held_back, plan: token } = guard.output;
  const report = 'sync_result' in guard.output ? guard.output.sync_result : null;
  return { report, held: { code, error, plan: token, agents: held_back } };
}
