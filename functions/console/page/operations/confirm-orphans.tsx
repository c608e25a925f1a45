import { useQuery } from '@tanstack/preact-query';
import { Fragment } from 'preact';
import type { ReportEntry } from '../data/api-types.ts';
import { agents } from '../data/queries.ts';
import { BLOCKS, blockOf } from '../labels.ts';
import { agentStats } from '../overview/stats.ts';
import { ConfirmForm } from '../ui/confirm-form.tsx';
import { count, counted } from '../ui/format.ts';
import { Loading } from '../ui/loading.tsx';
import { Modal } from '../ui/modal.tsx';
import { FailureNotice } from '../ui/notice.tsx';
import { Sentence, Value } from '../ui/text.tsx';
import { PlanLines } from './plan-view.tsx';
import { countReasons } from './plan-words.ts';
import { type Outcome, useOperations } from './use-operations.tsx';

const TITLE = 'confirm-title';

/** Lists what the guard blocks, from a fresh dry run, and confirms exactly that. */
export function ConfirmOrphans({ onClose }: { onClose: () => void }) {
  const { busy, outcome, error, at, start } = useOperations();
  const { data: activeRows = 0 } = useQuery({ ...agents, select: (all) => agentStats(all).active });
  const plan = outcome === null ? null : orphanPlan(outcome, activeRows);
  const confirm = (token: string) => {
    onClose();
    start('confirm', { plan: token });
  };
  return (
    <Modal shape="dialog" labelledBy={TITLE} onClose={onClose}>
      <h2 id={TITLE}>{plan === null ? 'Interviewers to orphan' : titleOf(plan)}</h2>
      {busy !== null && <Loading what="what a sync would orphan now" />}
      {error !== null && <FailureNotice error={error} at={at} />}
      {outcome !== null && plan === null && <p>No interviewer would be orphaned any more. Sync again.</p>}
      {plan === null ? (
        <button type="button" class="secondary" onClick={onClose}>
          Close
        </button>
      ) : (
        <Orphans plan={plan} disabled={busy !== null} onConfirm={confirm} onCancel={onClose} />
      )}
    </Modal>
  );
}

interface OrphanPlan {
  readonly block: ReturnType<typeof blockOf>;
  readonly token: string;
  /** May be cut. */
  readonly entries: readonly ReportEntry[];
  readonly total: number;
  /** Names in the other account; empty if it is not another one. */
  readonly listed: readonly string[];
}

/** Another account blocks the dry run too; it concerns every active interviewer. */
function orphanPlan(outcome: Outcome, activeRows: number): OrphanPlan | null {
  if (outcome.kind === 'blocked') {
    const { code, plan, held_back } = outcome.guard;
    const listed = 'listed' in outcome.guard ? outcome.guard.listed : [];
    const total = Math.max(held_back.length, activeRows);
    return { block: blockOf(code), token: plan, entries: held_back, total, listed };
  }
  if (outcome.kind !== 'plan' || outcome.report.plan === undefined) return null;
  const { plan, orphaned, counts } = outcome.report;
  return counts.orphaned === 0
    ? null
    : { block: 'orphans', token: plan, entries: orphaned, total: counts.orphaned, listed: [] };
}

function titleOf({ total, block }: OrphanPlan): string {
  const what = counted(total, 'interviewer');
  return block === 'account' ? `Take this account, and orphan ${what}` : `Orphan ${what}`;
}

interface OrphansProps {
  plan: OrphanPlan;
  disabled: boolean;
  onConfirm: (token: string) => void;
  onCancel: () => void;
}

function Orphans({ plan, disabled, onConfirm, onCancel }: OrphansProps) {
  const { block, token, entries, total, listed } = plan;
  return (
    <>
      <p>{BLOCKS[block].advice}</p>
      {block === 'account' && <BothAccounts platform={entries.map(({ name }) => name)} retell={listed} />}
      <table class="reasons">
        <tbody>
          {countReasons(entries).map(([reason, number]) => (
            <tr key={reason}>
              <td>{count(number)}</td>
              <th scope="row">
                <Sentence text={reason} />
              </th>
            </tr>
          ))}
        </tbody>
      </table>
      <PlanLines group="orphaned" entries={entries} total={total} />
      <ConfirmForm
        total={total}
        disabled={disabled}
        onConfirm={() => onConfirm(token)}
        cancel={{ word: 'Leave them active', onCancel }}
      >
        {titleOf(plan)}
      </ConfirmForm>
    </>
  );
}

/** Names of both sides, by which a person recognizes a key of the wrong account. */
function BothAccounts({ platform, retell }: { platform: readonly string[]; retell: readonly string[] }) {
  return (
    <dl class="facts">
      <dt>Interviewers here</dt>
      <dd>
        <Names names={platform.slice(0, NAMED)} />
      </dd>
      <dt>Agents in this Retell account</dt>
      <dd>{retell.length === 0 ? 'none' : <Names names={retell.slice(0, NAMED)} />}</dd>
    </dl>
  );
}

const NAMED = 5;

function Names({ names }: { names: readonly string[] }) {
  return (
    <>
      {names.map((name, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- names may be equal
        <Fragment key={index}>
          {index > 0 && ', '}
          <Value text={name} />
        </Fragment>
      ))}
    </>
  );
}
