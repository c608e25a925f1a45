import type { Status } from '../data/api-types.ts';
import { BLOCKS, blockOf } from '../labels.ts';
import { ReviewOrphans } from '../operations/review-orphans.tsx';
import { RunLink } from '../runs/run-link.tsx';
import { Badge } from '../ui/badge.tsx';
import { Sentence } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';
import type { Blocked } from './attention.ts';

/** What a guard blocks, until it is confirmed or no longer needed. */
export function BlockedEntry({ blocked: { run }, status }: { blocked: Blocked; status: Status }) {
  const { title, meaning, advice } = BLOCKS[blockOf(run?.error_code ?? null)];
  return (
    <li>
      <Badge tone="warn" word="Blocked" />
      <div>
        <strong>{title}</strong>
        {run !== null && (
          <span class="muted">
            {' '}
            <Time at={run.started_at} /> · <RunLink id={run.id}>run {run.id}</RunLink>
          </span>
        )}
        <p>{run === null ? <Sentence text={`${status.reason}.`} /> : meaning}</p>
        <p class="muted">{advice}</p>
      </div>
      <div class="actions">
        <ReviewOrphans small />
      </div>
    </li>
  );
}
