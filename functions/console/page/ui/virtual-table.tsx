import {
  observeWindowOffset,
  observeWindowRect,
  Virtualizer,
  type VirtualizerOptions,
  windowScroll,
} from '@tanstack/virtual-core';
import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks';
import { useKeys } from './use-keys.ts';
import { useMedia } from './use-media.ts';

interface VirtualTableProps {
  label: string;
  /** The row of column headers; it stays visible. */
  head: ComponentChildren;
  count: number;
  /** Pixels; each row is measured once it is rendered. */
  estimatedHeight: number;
  /** Index of the row to scroll to; -1: none. */
  current: number;
  keyOf: (index: number) => string;
  /** The cells of a row. */
  children: (index: number) => ComponentChildren;
}

/** Rows rendered above and below the visible ones. */
const OVERSCAN = 8;

/** A table of any length that renders only the visible rows; printing renders all. */
export function VirtualTable(props: VirtualTableProps) {
  const { label, head, count, estimatedHeight, current, keyOf, children } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const top = useTop(body);
  const printing = useMedia('print');
  const rows = useWindowRows({
    count,
    estimateSize: () => estimatedHeight,
    getItemKey: keyOf,
    overscan: OVERSCAN,
    scrollMargin: top,
  });
  useEffect(() => {
    if (current >= 0) rows.scrollToIndex(current);
  }, [rows, current]);
  const items = rows.getVirtualItems();
  const shown = printing ? Array.from({ length: count }, (_, index) => index) : items.map(({ index }) => index);
  const above = printing ? 0 : (items[0]?.start ?? top) - top;
  const below = printing ? 0 : rows.getTotalSize() - ((items.at(-1)?.end ?? top) - top);
  return (
    <table class="rows" aria-label={label} aria-rowcount={count + 1}>
      <thead>{head}</thead>
      <tbody ref={body}>
        <Spacer height={above} />
        {shown.map((index) => (
          <tr
            key={keyOf(index)}
            ref={rows.measureElement}
            class={index === current ? 'current' : undefined}
            data-index={index}
            aria-rowindex={index + 2}
          >
            {children(index)}
          </tr>
        ))}
        <Spacer height={below} />
      </tbody>
    </table>
  );
}

/** Takes the space of the rows that are not rendered. */
function Spacer({ height }: { height: number }) {
  return <tr class="spacer" aria-hidden="true" style={{ height: `${height}px` }} />;
}

/** Distance of an element from the top of the page; follows notices that appear above it. */
function useTop(place: RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const measure = () => setTop((place.current?.getBoundingClientRect().top ?? 0) + scrollY);
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    measure();
    return () => observer.disconnect();
  }, [place]);
  return top;
}

type Options = Pick<
  VirtualizerOptions<Window, HTMLTableRowElement>,
  'count' | 'estimateSize' | 'getItemKey' | 'overscan' | 'scrollMargin'
>;

/** The rows visible in the window. */
function useWindowRows(given: Options): Virtualizer<Window, HTMLTableRowElement> {
  const [, render] = useReducer((times: number) => times + 1, 0);
  const options: VirtualizerOptions<Window, HTMLTableRowElement> = {
    ...given,
    getScrollElement: () => window,
    observeElementRect: observeWindowRect,
    observeElementOffset: observeWindowOffset,
    scrollToFn: windowScroll,
    initialOffset: () => scrollY,
    onChange: () => render(undefined),
  };
  const [rows] = useState(() => new Virtualizer(options));
  rows.setOptions(options);
  // oxlint-disable-next-line no-underscore-dangle -- the library's hook for adapters
  useLayoutEffect(() => rows._didMount(), [rows]);
  // oxlint-disable-next-line no-underscore-dangle -- the library's hook for adapters
  useLayoutEffect(() => rows._willUpdate());
  // The browser's own animation ends where the table's height was when it began, or where a row was measured.
  useKeys({ End: () => rows.scrollToIndex(given.count - 1, { align: 'end' }), Home: () => scrollTo({ top: 0 }) });
  return rows;
}
