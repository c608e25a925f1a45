import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

interface VirtualRowsProps {
  count: number;
  /** Pixels; every row has the same. */
  rowHeight: number;
  label: string;
  /** The row of column headers, which stays in sight. */
  head: ComponentChildren;
  children: (index: number) => ComponentChildren;
}

/** Rows beyond the visible ones that are there already when scrolling reaches them. */
const MARGIN = 8;

/** A table of any length of which only the visible rows exist. */
export function VirtualRows({ count, rowHeight, label, head, children }: VirtualRowsProps) {
  const box = useRef<HTMLDivElement>(null);
  const [first, setFirst] = useState(0);
  const [visible, setVisible] = useState(20);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const measure = () => {
      setFirst(Math.floor(element.scrollTop / rowHeight));
      setVisible(Math.ceil(element.clientHeight / rowHeight));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, [rowHeight]);
  const start = Math.max(0, Math.min(first, count - visible) - MARGIN);
  const end = Math.min(count, first + visible + MARGIN);
  const rows = Array.from({ length: Math.max(0, end - start) }, (_, offset) => start + offset);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
    <div ref={box} class="rows" role="table" aria-label={label} aria-rowcount={count + 1} tabIndex={0}>
      {head}
      <div class="rows-all" role="rowgroup" style={{ height: `${count * rowHeight}px` }}>
        {rows.map((index) => (
          <div
            key={index}
            class="row"
            role="row"
            aria-rowindex={index + 2}
            style={{ height: `${rowHeight}px`, transform: `translateY(${index * rowHeight}px)` }}
          >
            {children(index)}
          </div>
        ))}
      </div>
    </div>
  );
}
