import type { Explanation } from '../data/api-types.ts';
import { useRoute } from '../routing/navigation.ts';
import { hrefWithDrawer } from '../routing/route.ts';
import { RunLink } from '../runs/run-link.tsx';
import { Sentence } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';
import { BothSides, type Sides } from './both-sides.tsx';

interface KnownAgentProps {
  sides: Sides;
  history: Explanation['history'];
}

/** Both sides, and the history of the agent. */
export function KnownAgent({ sides, history }: KnownAgentProps) {
  return (
    <>
      <h3>Both sides</h3>
      <BothSides sides={sides} />
      <h3>Timeline</h3>
      {history.length === 0 ? <p class="empty">No run has changed it yet.</p> : <Timeline entries={history} />}
    </>
  );
}

function Timeline({ entries }: { entries: Explanation['history'] }) {
  const route = useRoute();
  return (
    <ol class="items">
      {entries.map(({ run_id, action, reason, logged_at, undoable }) => (
        <li key={`${run_id} ${action} ${reason}`}>
          <span class="muted">
            <Time at={logged_at} exact /> · <RunLink id={run_id}>run {run_id}</RunLink>
          </span>
          <div>
            <strong>{action.replaceAll('_', ' ')}</strong> <Sentence text={reason} />
          </div>
          {undoable && <a href={hrefWithDrawer(route, { kind: 'run', id: String(run_id) })}>Undo …</a>}
        </li>
      ))}
    </ol>
  );
}
