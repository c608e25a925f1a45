import {
  observeWindowOffset,
  observeWindowRect,
  Virtualizer,
  type VirtualizerOptions,
  windowScroll,
} from '@tanstack/virtual-core';
import type { ComponentChildren } from 'preact';
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
  const printing = useMedia('print');
  const rows = useWindowRows({
    count,
    estimateSize: () => estimatedHeight,
    getItemKey: keyOf,
    overscan: OVERSCAN,
    scrollMargin: body.current?.offsetTop ?? 0,
  });
  useEffect(() => {
    if (current >= 0) rows.scrollToIndex(current);
  }, [rows, current]);
  const items = rows.getVirtualItems();
  const start = rows.options.scrollMargin;
  const shown = printing ? Array.from({ length: count }, (_, index) => index) : items.map(({ index }) => index);
  const above = printing ? 0 : (items[0]?.start ?? start) - start;
  const below = printing ? 0 : rows.getTotalSize() - ((items.at(-1)?.end ?? start) - start);
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
  useLayoutEffect(() => rows._didMount(), [rows]);
  useLayoutEffect(() => rows._willUpdate());
  return rows;
}
