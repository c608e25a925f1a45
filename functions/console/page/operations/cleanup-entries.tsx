import type { CleanupEntry } from '../data/api-types.ts';
import type { Tone } from '../labels.ts';
import { Badge } from '../ui/badge.tsx';
import { ShortList } from '../ui/short-list.tsx';
import { Sentence, Value } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';

interface EntryLabel {
  readonly planned: string;
  readonly done: string;
  readonly tone: Tone;
}

const LABELS: Readonly<Record<CleanupEntry['outcome'], EntryLabel>> = {
  archived: { planned: 'Archive', done: 'Archived', tone: 'warn' },
  marked_deleted: { planned: 'Mark deleted', done: 'Marked deleted', tone: 'warn' },
  restored: { planned: 'Restore', done: 'Restored', tone: 'good' },
  kept: { planned: 'Keep', done: 'Kept', tone: 'calm' },
};

interface CleanupEntriesProps {
  entries: readonly CleanupEntry[];
  total: number;
  planned: boolean;
}

/** What a cleanup does, or would do, with each orphan. */
export function CleanupEntries({ entries, total, planned }: CleanupEntriesProps) {
  return (
    <ShortList items={entries} total={total} class="items">
      {({ interviewer_id, name, last_synced, outcome, reason }) => (
        <li key={interviewer_id}>
          <Badge tone={LABELS[outcome].tone} word={LABELS[outcome][planned ? 'planned' : 'done']} />
          <div>
            <strong>
              <Value text={name} />
            </strong>
            <p class="muted">
              <Sentence text={reason} />
              {last_synced !== null && (
                <>
                  ; last changed <Time at={last_synced} exact />
                </>
              )}
              .
            </p>
          </div>
        </li>
      )}
    </ShortList>
  );
}
