import { useMutation, useQueryClient } from '@tanstack/preact-query';
import { useState } from 'preact/hooks';
import { visibleText } from '../../../../shared/visible-text.ts';
import { AgentLink } from '../agents/agent-link.tsx';
import type { OpenConflict } from '../data/api-types.ts';
import { client } from '../data/client.ts';
import { RunLink } from '../runs/run-link.tsx';
import { Badge } from '../ui/badge.tsx';
import { FailureNotice } from '../ui/notice.tsx';
import { Time } from '../ui/time.tsx';
import { BothValues } from './differences.tsx';
import { KeepPlatformName } from './keep-platform-name.tsx';

/** A conflict of names, with both names, until it is acknowledged or decided the other way. */
export function Conflict({ conflict }: { conflict: OpenConflict }) {
  const { agent_id, name, retell_name, database_name, run_id, decided_at } = conflict;
  const queries = useQueryClient();
  const { mutate, error, isPending, submittedAt } = useMutation({
    mutationFn: () => client.acknowledge([agent_id], run_id),
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <li>
      <Badge tone="warn" word="Name conflict" />
      <div>
        <AgentLink agent_id={agent_id} name={name} />
        <BothValues
          values={[
            {
              field: 'Name',
              platform: { text: database_name, mark: 'replaced' },
              retell: { text: retell_name, mark: 'kept' },
            },
          ]}
        />
        <p class="muted">
          Both sides had a new name, and Retell's replaced the platform's <Time at={decided_at} />, in{' '}
          <RunLink id={run_id}>run {run_id}</RunLink>.
        </p>
        {error !== null && <FailureNotice error={error} at={submittedAt} />}
      </div>
      <Decide conflict={conflict} disabled={isPending} onAcknowledge={() => mutate()} />
    </li>
  );
}

interface DecideProps {
  conflict: OpenConflict;
  disabled: boolean;
  onAcknowledge: () => void;
}

function Decide({ conflict, disabled, onAcknowledge }: DecideProps) {
  const [keeping, setKeeping] = useState(false);
  return (
    <div class="actions">
      <button
        type="button"
        class="secondary small"
        disabled={disabled}
        aria-label={`Acknowledge the conflict of ${visibleText(conflict.name)}`}
        onClick={onAcknowledge}
      >
        Acknowledge
      </button>
      <button
        type="button"
        class="secondary small"
        aria-label={`Keep the platform's name of ${visibleText(conflict.name)}`}
        onClick={() => setKeeping(true)}
      >
        Keep the platform's name
      </button>
      {keeping && <KeepPlatformName conflict={conflict} onClose={() => setKeeping(false)} />}
    </div>
  );
}
