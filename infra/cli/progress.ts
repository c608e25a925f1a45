/** Shows on stderr that a long request is in progress, and how far its run is. */
import { API } from '../../shared/api/endpoints.ts';
import { RunPage } from '../../shared/api/runs.ts';
import type { ApiClient } from './client.ts';
import { progressOf } from './text/runs-text.ts';

export interface ProgressOutput {
  readonly isTerminal: boolean;
  write(text: string): void;
}

export interface ProgressPace {
  /** The wait before the first line: most requests are faster. */
  readonly patienceMs: number;
  readonly everyMs: number;
}

const PACE: ProgressPace = { patienceMs: 2_000, everyMs: 1_000 };
/** Lines that are not erased come less often. */
const LINE_EVERY_MS = 10_000;
const ERASE_LINE = '\r\u001b[K';

export async function withProgress<T>(
  { client, output, pace = PACE }: { client: ApiClient; output: ProgressOutput; pace?: ProgressPace | undefined },
  work: () => Promise<T>,
): Promise<T> {
  const started = performance.now();
  let shown = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let isDone = false;
  const show = async () => {
    const doing = await describe(client);
    const now = performance.now();
    if (!isDone && (output.isTerminal || now - shown >= LINE_EVERY_MS)) {
      const line = `${doing} (${Math.round((now - started) / 1000)} s)`;
      output.write(output.isTerminal ? `${ERASE_LINE}${line}` : `${line}\n`);
      shown = now;
    }
    if (!isDone) timer = setTimeout(() => void show(), pace.everyMs);
  };
  timer = setTimeout(() => void show(), pace.patienceMs);
  try {
    return await work();
  } finally {
    isDone = true;
    clearTimeout(timer);
    if (output.isTerminal && shown > 0) output.write(ERASE_LINE);
  }
}

/** A dry run is not stored, so only the time is known. */
async function describe(client: ApiClient): Promise<string> {
  const reply = await client.call(API.listRuns, RunPage, { query: { status: 'running', limit: '1' } });
  const [run] = reply.ok ? reply.value.runs : [];
  const progress = run === undefined ? '' : progressOf(run);
  return progress === '' ? 'Waiting for the service' : progress;
}
