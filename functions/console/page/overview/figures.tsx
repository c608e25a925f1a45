import { Fragment } from 'preact';
import type { AgentOverview } from '../data/api-types.ts';
import { href } from '../routing/route.ts';
import { count } from '../ui/format.ts';
import { type Explained, figuresOf } from './stats.ts';

interface FiguresProps {
  agents: readonly AgentOverview[];
  /** Whether the figures are from an earlier comparison. */
  lastKnown: boolean;
  /** Whether both sides were ever compared. */
  isCompared: boolean;
}

/** Counts that say what they are made of, each linked to the list that it counts. */
export function Figures({ agents, lastKnown, isCompared }: FiguresProps) {
  return (
    <dl class={`panel figures${lastKnown ? ' last-known' : ''}`}>
      {figuresOf(agents).map(({ name, of, parts, rest }) => (
        <div key={name}>
          <dt>
            {name}
            {lastKnown && ' · last known'}
          </dt>
          <dd>
            <a href={href('agents', { state: of.state })}>{isCompared ? count(of.number) : '–'}</a>
            <span class="muted">{isCompared ? <Parts parts={parts} rest={rest} /> : 'not counted yet'}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Parts({ parts, rest }: { parts: readonly Explained[]; rest: string }) {
  if (parts.length === 0) return <>{rest}</>;
  return (
    <>
      {parts.map(({ number, word, state }, index) => (
        <Fragment key={word}>
          {index > 0 && ', '}
          <a href={href('agents', { state })}>
            {count(number)} {word}
          </a>
        </Fragment>
      ))}
    </>
  );
}
