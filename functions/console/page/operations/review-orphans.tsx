import { useState } from 'preact/hooks';
import { ConfirmOrphans } from './confirm-orphans.tsx';
import { useOperations } from './use-operations.tsx';

/** Opens what a guard blocks, from a fresh dry run. */
export function ReviewOrphans({ small = false }: { small?: boolean }) {
  const [reviewing, setReviewing] = useState(false);
  const { start, busy } = useOperations();
  const review = () => {
    setReviewing(true);
    start('dry_run');
  };
  return (
    <>
      <button type="button" class={small ? 'small' : undefined} disabled={busy !== null} onClick={review}>
        Review
      </button>
      {reviewing && <ConfirmOrphans onClose={() => setReviewing(false)} />}
    </>
  );
}
