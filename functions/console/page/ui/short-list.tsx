import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { count } from './format.ts';
import { useMedia } from './use-media.ts';

interface ShortListProps<Item> {
  items: readonly Item[];
  /** Length of the whole list, if `items` is cut. */
  total?: number;
  class: string;
  children: (item: Item) => ComponentChildren;
}

const SHOWN = 10;

/** The first ten entries of a list, and a button that shows the rest. */
export function ShortList<Item>({ items, total = items.length, class: className, children }: ShortListProps<Item>) {
  const [all, setAll] = useState(false);
  const printing = useMedia('print');
  const shown = all || printing ? items : items.slice(0, SHOWN);
  return (
    <>
      <ul class={className}>{shown.map(children)}</ul>
      {items.length > shown.length && (
        <button type="button" class="secondary small" onClick={() => setAll(true)}>
          Show all {count(items.length)}
        </button>
      )}
      {total > items.length && (
        <p class="muted">
          {count(total - items.length)} more are left out: lists hold {count(items.length)} entries.
        </p>
      )}
    </>
  );
}
