import { useQuery } from '@tanstack/preact-query';
import type { Status } from '../data/api-types.ts';
import { status as statusQuery } from '../data/queries.ts';
import { ReviewOrphans } from '../operations/review-orphans.tsx';
import { useOperations } from '../operations/use-operations.tsx';
import { goTo } from '../routing/navigation.ts';
import { href } from '../routing/route.ts';
import { Badge } from '../ui/badge.tsx';
import { Time } from '../ui/time.tsx';
import type { Headline } from './headline.ts';

interface HealthProps {
  status: Status;
  shown: Headline;
}

/** The score, the state, and what a person can start. */
export function Health({ status, shown: { label, sentence, lastKnown } }: HealthProps) {
  return (
    <div class="health">
      <h1 class="muted" tabIndex={-1}>
        Health
      </h1>
      <div class={`score${lastKnown ? ' last-known' : ''}`}>
        <span>{status.health_score ?? '–'}</span>
        <div>
          <Badge {...label} />
          <p class="muted">
            <AsOf as_of={status.as_of} lastKnown={lastKnown} />
          </p>
        </div>
      </div>
      <p class="sentence">{sentence}</p>
      <HealthActions isScored={status.health_score !== null} />
    </div>
  );
}

function AsOf({ as_of, lastKnown }: { as_of: string | null; lastKnown: boolean }) {
  if (as_of === null) return <>never compared</>;
  return (
    <>
      {lastKnown ? 'last known' : 'verified'} <Time at={as_of} />
    </>
  );
}

function HealthActions({ isScored }: { isScored: boolean }) {
  const { busy, start } = useOperations();
  // The service's own state: a failed request for it must not close an open confirmation.
  const { data: known } = useQuery(statusQuery);
  const isBlocked = known?.state === 'needs_confirmation';
  const planFirstSync = () => {
    goTo(href('operations'));
    start('dry_run');
  };
  return (
    <div class="actions">
      {isBlocked && <ReviewOrphans />}
      <button
        type="button"
        class={isBlocked ? 'secondary' : undefined}
        disabled={busy !== null}
        onClick={() => start('sync')}
      >
        Sync now
      </button>
      {isScored ? (
        <button type="button" class="secondary" disabled={busy !== null} onClick={() => start('check')}>
          Check again
        </button>
      ) : (
        <button type="button" class="secondary" disabled={busy !== null} onClick={planFirstSync}>
          Dry run
        </button>
      )}
    </div>
  );
}
