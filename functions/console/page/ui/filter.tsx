import { count as formatted } from './format.ts';

interface Option {
  readonly word: string;
  readonly count?: number;
  readonly href: string;
  readonly chosen: boolean;
}

/** A choice of one option; each option is a link, so the address holds it. */
export function Filter({ label, options }: { label: string; options: readonly Option[] }) {
  return (
    <nav aria-label={label}>
      {options.map(({ word, count, href, chosen }) => (
        <a key={word} href={href} aria-current={chosen ? 'true' : undefined}>
          {word}
          {count !== undefined && <span class="muted"> {formatted(count)}</span>}
        </a>
      ))}
    </nav>
  );
}
