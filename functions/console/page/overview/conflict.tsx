import { useMutation, useQueryClient } from '@tanstack/preact-query';
import { visibleText } from '../../../../shared/visible-text.ts';
import { AgentLink } from '../agents/agent-link.tsx';
import type { OpenConflict } from '../data/api-types.ts';
import { client } from '../data/client.ts';
import { RunLink } from '../runs/run-link.tsx';
import { Badge } from '../ui/badge.tsx';
import { FailureNotice } from '../ui/notice.tsx';
import { Value } from '../ui/text.tsx';

/** A conflict of names, with both names, until it is acknowledged or its run is undone. */
export function Conflict({ conflict }: { conflict: OpenConflict }) {
  const { agent_id, name, retell_name, database_name, run_id } = conflict;
  const queries = useQueryClient();
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => client.acknowledge([agent_id], run_id),
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <li>
      <Badge tone="warn" word="Name conflict" />
      <div>
        <AgentLink agent_id={agent_id} name={name} />
        <dl class="facts">
          <dt>Retell, kept</dt>
          <dd>
            <Value text={retell_name} />
          </dd>
          <dt>Platform, replaced</dt>
          <dd>
            <Value text={database_name} />
          </dd>
        </dl>
        <p class="muted">
          Both sides had a new name. To keep the platform's, undo <RunLink id={run_id}>run {run_id}</RunLink>.
        </p>
        {error !== null && <FailureNotice error={error} />}
      </div>
      <button
        type="button"
        class="secondary small"
        disabled={isPending}
        aria-label={`Acknowledge the conflict of ${visibleText(name)}`}
        onClick={() => mutate()}
      >
        Acknowledge
      </button>
    </li>
  );
}
