import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Numbers of agents. */
  readonly sizes: readonly number[];
  /** Milliseconds that Retell takes to respond. */
  readonly latencies: readonly number[];
  /** Only checks that the bench works: no long continuation. */
  readonly quick: boolean;
  /** The continued sync: Retell's latency in ms, and the seconds of each invocation after the first. */
  readonly continued: readonly [latency_ms: number, seconds: number];
  /** Puts the table into docs/performance.md. */
  readonly docs: boolean;
}

/** @throws Error of one sentence for an unknown flag or a size that is not a number */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sizes: { type: 'string' },
      latencies: { type: 'string', default: '0,50' },
      continued: { type: 'string', default: '50,900' },
      quick: { type: 'boolean', default: false },
      docs: { type: 'boolean', default: false },
    },
  });
  const { quick, docs } = values;
  const sizes = values.sizes ?? (quick ? '100,1000' : '100,1000,10000,100000');
  return {
    sizes: numbers('--sizes', sizes, 1),
    latencies: numbers('--latencies', values.latencies, 0),
    continued: pair('--continued', values.continued),
    quick,
    docs,
  };
}

function pair(flag: string, text: string): readonly [number, number] {
  const [first, second, ...rest] = numbers(flag, text, 1);
  if (first === undefined || second === undefined || rest.length > 0) throw new Error(`${flag} takes two numbers.`);
  return [first, second];
}

function numbers(flag: string, text: string, least: number): number[] {
  const parsed = text.split(',').map(Number);
  if (parsed.every((number) => Number.isInteger(number) && number >= least)) return parsed;
  throw new Error(`${flag} takes whole numbers separated by commas, not "${text}".`);
}
