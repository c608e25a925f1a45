import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Numbers of agents. */
  readonly sizes: readonly number[];
  /** Milliseconds that Retell takes to answer. */
  readonly latencies: readonly number[];
  /** Only what shows that the bench works: no long continuation. */
  readonly quick: boolean;
  /** Puts the table into docs/performance.md. */
  readonly docs: boolean;
}

/** @throws Error of one sentence for an unknown flag or a size that is no number */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sizes: { type: 'string' },
      latencies: { type: 'string', default: '0,50' },
      quick: { type: 'boolean', default: false },
      docs: { type: 'boolean', default: false },
    },
  });
  const { quick, docs } = values;
  const sizes = values.sizes ?? (quick ? '100,1000' : '100,1000,10000,100000');
  return { sizes: numbers('--sizes', sizes, 1), latencies: numbers('--latencies', values.latencies, 0), quick, docs };
}

function numbers(flag: string, text: string, least: number): number[] {
  const parsed = text.split(',').map(Number);
  if (parsed.every((number) => Number.isInteger(number) && number >= least)) return parsed;
  throw new Error(`${flag} takes whole numbers separated by commas, not "${text}".`);
}
