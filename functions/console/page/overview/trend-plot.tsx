import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { useTheme } from '../shell/theme.ts';
import { clockTime, dayMonth } from '../ui/format.ts';
import type { PlottedPoint, Range } from './trend-points.ts';

/** Pixels. */
const HEIGHT = 220;
const DAY_MS = 86_400_000;

const HOUR_S = 3_600;
const DAY_S = 86_400;
/** Steps of the time axis in seconds, and their labels. A step below a day would repeat the label of its day. */
const HOURS = { incrs: [1, 3, 6, 12].map((hours) => hours * HOUR_S), format: clockTime };
const DAYS = { incrs: [1, 2, 7, 14, 30].map((days) => days * DAY_S), format: dayMonth };

interface TrendPlotProps {
  points: readonly PlottedPoint[];
  range: Range;
  /** Describes the plot to screen readers. */
  label: string;
  onHover: (index: number | null) => void;
  onOpen: (point: PlottedPoint) => void;
}

/** Plots health as a line, with gaps where a check has no score, and discrepancies as bars. A click opens the run. */
export function TrendPlot({ points, range, label, onHover, onOpen }: TrendPlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const { shown: theme } = useTheme();
  const latest = useRef({ onHover, onOpen });
  latest.current = { onHover, onOpen };
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const plot = new uPlot(
      {
        ...options(element, points, range),
        hooks: { setCursor: [({ cursor }) => latest.current.onHover(cursor.idx ?? null)] },
      },
      columns(points),
      element,
    );
    plot.over.addEventListener('click', () => {
      const point = points[plot.cursor.idx ?? -1];
      if (point !== undefined) latest.current.onOpen(point);
    });
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [points, range, theme]);
  return <div ref={place} class="plot" role="img" aria-label={label} data-points={points.length} />;
}

/** uPlot expects seconds. */
function columns(points: readonly PlottedPoint[]): uPlot.AlignedData {
  return [
    points.map(({ at }) => at / 1_000),
    points.map(({ outOfSync }) => outOfSync),
    points.map(({ score }) => score),
  ];
}

function options(element: HTMLElement, points: readonly PlottedPoint[], range: Range): uPlot.Options {
  const { fontFamily } = getComputedStyle(element);
  const axis = { stroke: color(element, '--muted'), font: `11px ${fontFamily}`, ticks: { show: false } };
  const most = Math.max(4, ...points.map(({ outOfSync }) => outOfSync ?? 0));
  const { incrs, format } = range.ms <= DAY_MS ? HOURS : DAYS;
  const label = (seconds: number) => format(new Date(seconds * 1_000).toISOString());
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [10, 14, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: {
      x: { range: timeRange(range) },
      y: { range: [0, 104] },
      // Keeps the bars in the lower third, below the line.
      outOfSync: { range: [0, most * 3] },
    },
    axes: [
      { ...axis, size: 22, grid: { show: false }, space: 70, incrs, values: (_, splits) => splits.map(label) },
      { ...axis, size: 34, splits: [0, 50, 70, 90, 100], grid: { stroke: color(element, '--line'), width: 1 } },
    ],
    series: [{}, bars(element), line(element, points.length < DENSE)],
  };
}

/** The whole range up to now, however short the history is. */
function timeRange({ ms }: Range): [from: number, to: number] {
  const end = Date.now() / 1_000;
  return [end - ms / 1_000, end];
}

function bars(element: HTMLElement): uPlot.Series {
  const paths = uPlot.paths.bars?.({ size: [0.5, 10, 2] });
  return {
    scale: 'outOfSync',
    fill: color(element, '--bar'),
    width: 0,
    points: { show: false },
    ...(paths === undefined ? {} : { paths }),
  };
}

/** Number of points from which they are no longer marked. */
const DENSE = 50;

/** Steps, because a score holds until the next check. */
function line(element: HTMLElement, marked: boolean): uPlot.Series {
  const paths = uPlot.paths.stepped?.({ align: 1 });
  const accent = color(element, '--accent');
  return {
    scale: 'y',
    stroke: accent,
    width: 2,
    fill: color(element, '--area'),
    points: { show: marked, size: 5, fill: accent },
    ...(paths === undefined ? {} : { paths }),
  };
}

/** Resolves a CSS variable to a color: a canvas understands neither variables nor `light-dark()`. */
function color(element: HTMLElement, token: string): string {
  element.style.color = `var(${token})`;
  const { color } = getComputedStyle(element);
  element.style.color = '';
  return color;
}
