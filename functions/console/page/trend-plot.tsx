import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { Status } from '../../../shared/api/scheduled-sync.ts';
import { counted, dateTime } from './format.ts';
import { useMedia } from './use-media.ts';

type Trend = Status['trend'];

const HEIGHT = 230;

/** Health as a line and discrepancies as bars, over the last scored runs. */
export function TrendPlot({ trend }: { trend: Trend }) {
  const place = useRef<HTMLDivElement>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  const dark = useMedia('(prefers-color-scheme: dark)');
  useEffect(() => {
    const element = place.current;
    if (element === null || trend.length === 0) return undefined;
    const plot = new uPlot(options(element, trend, setHovered), columns(trend), element);
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [trend, dark]);
  const shown = trend[hovered ?? trend.length - 1];
  if (shown === undefined) return <p class="empty">The trend begins with the first check.</p>;
  const first = trend[0] ?? shown;
  const last = trend.at(-1) ?? shown;
  const lowest = Math.min(...trend.map(({ health_score }) => health_score));
  const summary = `Health over the last ${counted(trend.length, 'check')}: from ${first.health_score} to ${last.health_score}, at its lowest ${lowest}.`;
  return (
    <figure class="trend">
      <figcaption>
        <span class="key health">Health {shown.health_score}</span>
        <span class="key discrepancies">Out of step {shown.discrepancies ?? '–'}</span>
        <span class="muted when">
          {dateTime(shown.timestamp)} · {counted(trend.length, 'check')}
        </span>
      </figcaption>
      <div ref={place} class="plot" role="img" aria-label={summary} data-points={trend.length} />
    </figure>
  );
}

function columns(trend: Trend): uPlot.AlignedData {
  return [
    trend.map((_, index) => index),
    trend.map(({ discrepancies }) => discrepancies),
    trend.map(({ health_score }) => health_score),
  ];
}

function options(element: HTMLElement, trend: Trend, onHover: (index: number | null) => void): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const muted = colour('--muted');
  const font = `11px ${style.fontFamily}`;
  const most = Math.max(4, ...trend.map(({ discrepancies }) => discrepancies ?? 0));
  const bars = uPlot.paths.bars?.({ size: [0.5, 14], radius: 0.2 });
  const axis = { stroke: muted, font, ticks: { show: false } };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [10, 6, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    hooks: { setCursor: [({ cursor }) => onHover(cursor.idx ?? null)] },
    scales: {
      x: { time: false, range: [-0.5, Math.max(trend.length, 12) - 0.5] },
      y: { range: [0, 104] },
      // Bars stay in the lower third, under the line.
      discrepancies: { range: [0, most * 3] },
    },
    axes: [
      {
        ...axis,
        size: 22,
        grid: { show: false },
        space: 90,
        values: (plot, splits) =>
          labels(trend, splits, (index) => plot.valToPos(index, 'x') < plot.width - HALF_LABEL - 40),
      },
      { ...axis, size: 34, splits: [0, 50, 70, 90, 100], grid: { stroke: colour('--line'), width: 1 } },
    ],
    series: [
      {},
      {
        scale: 'discrepancies',
        fill: colour('--bar'),
        width: 0,
        points: { show: false },
        ...(bars === undefined ? {} : { paths: bars }),
      },
      {
        scale: 'y',
        stroke: colour('--accent'),
        width: 2,
        fill: colour('--area'),
        points: { size: 5, fill: colour('--accent') },
      },
    ],
  };
}

/** Pixels. */
const HALF_LABEL = 40;

/** A time is not written where it would be cut off, nor again where it is the one before, to the minute. */
function labels(trend: Trend, splits: readonly number[], fits: (index: number) => boolean): string[] {
  const texts = splits.map((index) => {
    const point = Number.isInteger(index) && fits(index) ? trend[index] : undefined;
    return point === undefined ? '' : dateTime(point.timestamp);
  });
  return texts.map((text, index) => (text === texts[index - 1] ? '' : text));
}
