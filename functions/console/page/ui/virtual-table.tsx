import {
  observeWindowOffset,
  observeWindowRect,
  Virtualizer,
  type VirtualizerOptions,
  windowScroll,
} from '@tanstack/virtual-core';
import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks';
import { useMedia } from './use-media.ts';

interface VirtualTableProps {
  label: string;
  /** The row of column headers, which stays in sight. */
  head: ComponentChildren;
  count: number;
  /** Pixels; rows are measured once they exist. */
  estimatedHeight: number;
  /** The row to keep in sight; -1: none. */
  current: number;
  keyOf: (index: number) => string;
  /** The cells of a row. */
  children: (index: number) => ComponentChildren;
}

/** Rows beyond the visible ones that exist already when scrolling reaches them. */
const OVERSCAN = 8;

/** A table of any length of which only the rows in sight exist; all of them on paper. */
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
          <tr key={keyOf(index)} ref={rows.measureElement} data-index={index} aria-rowindex={index + 2}>
            {children(index)}
          </tr>
        ))}
        <Spacer height={below} />
      </tbody>
    </table>
  );
}

/** Stands for the rows that do not exist. */
function Spacer({ height }: { height: number }) {
  return <tr class="spacer" aria-hidden="true" style={{ height: `${height}px` }} />;
}

/** How far down the page an element begins, as what stands above it comes and goes. */
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

/** Which rows are in the window, as it scrolls. */
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
  // As the library's own adapters do.
  // oxlint-disable-next-line no-underscore-dangle -- named so by the library
  useLayoutEffect(() => rows._didMount(), [rows]);
  // oxlint-disable-next-line no-underscore-dangle -- named so by the library
  useLayoutEffect(() => rows._willUpdate());
  return rows;
}
