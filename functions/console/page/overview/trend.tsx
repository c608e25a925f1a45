import { useMemo, useState } from 'preact/hooks';
import { goTo, useRoute } from '../routing/navigation.ts';
import { href, hrefWithDrawer } from '../routing/route.ts';
import { RunLink } from '../runs/run-link.tsx';
import { Filter } from '../ui/filter.tsx';
import { Time } from '../ui/time.tsx';
import { TrendPlot } from './trend-plot.tsx';
import { type PlottedPoint, parseRange, RANGES, type Range, trendSummary, within } from './trend-points.ts';

/** Health and discrepancies over time, as a plot and as a table. */
export function Trend({ points }: { points: readonly PlottedPoint[] }) {
  const route = useRoute();
  const range = parseRange(route.params['range']);
  const [hovered, setHovered] = useState<number | null>(null);
  const shown = useMemo(() => within(points, range, Date.now()), [points, range]);
  const open = (point: PlottedPoint) => goTo(hrefWithDrawer(route, { kind: 'run', id: String(point.run_id) }));
  const point = shown[hovered ?? shown.length - 1];
  return (
    <figure class="trend">
      <figcaption>
        {point !== undefined && <Legend point={point} />}
        <Ranges range={range} />
      </figcaption>
      {point === undefined ? (
        <p class="empty">
          {points.length === 0 ? 'The trend begins with the first check.' : `No check in the last ${range.word}.`}
        </p>
      ) : (
        <>
          <TrendPlot points={shown} range={range} label={trendSummary(shown)} onHover={setHovered} onOpen={open} />
          <Numbers points={shown} />
        </>
      )}
    </figure>
  );
}

function Legend({ point: { at, score, outOfSync, gap } }: { point: PlottedPoint }) {
  return (
    <span>
      <span class="key">{score === null ? `Check ${gap}` : `Health ${score}`}</span>
      <span class="key">Out of sync {outOfSync ?? '–'}</span>
      <span class="muted">
        <Time at={at} exact />
      </span>
    </span>
  );
}

function Ranges({ range }: { range: Range }) {
  return (
    <Filter
      label="Time span"
      options={RANGES.map(({ name, word }, index) => ({
        word,
        href: href('overview', { range: index === 0 ? null : name }),
        chosen: range.name === name,
      }))}
    />
  );
}

function Numbers({ points }: { points: readonly PlottedPoint[] }) {
  return (
    <details>
      <summary>As a table</summary>
      <table aria-label="Trend">
        <thead>
          <tr>
            <th scope="col">Checked</th>
            <th scope="col">Health</th>
            <th scope="col">Out of sync</th>
          </tr>
        </thead>
        <tbody>
          {points.toReversed().map(({ run_id, at, score, outOfSync, gap }) => (
            <tr key={run_id}>
              <td>
                <RunLink id={run_id}>
                  <Time at={at} exact />
                </RunLink>
              </td>
              <td>{score ?? gap}</td>
              <td>{outOfSync ?? '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
