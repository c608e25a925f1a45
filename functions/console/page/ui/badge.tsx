import type { Tone } from '../labels.ts';

const SHAPES: Readonly<Record<Tone, string>> = {
  good: 'M3.500 8.500 6.500 11.500 12.500 4.800',
  warn: 'M8 3.200v5.600M8 11.900v.6',
  bad: 'M4.300 4.300l7.400 7.400M11.700 4.300l-7.400 7.400',
  calm: 'M4 8h8',
  live: 'M8 3a5 5 0 1 1-4.700 3.300',
};

/** A state as color, icon and word. */
export function Badge({ tone, word, quiet = false }: { tone: Tone; word: string; quiet?: boolean }) {
  return (
    <span class={`badge ${tone}${quiet ? ' quiet' : ''}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d={SHAPES[tone]} />
      </svg>
      {word}
    </span>
  );
}
