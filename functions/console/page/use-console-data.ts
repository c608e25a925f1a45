/** What every view looks at, kept fresh: status, runs, agents. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type AgentOverview, AgentPage } from '../../../shared/api/agents.ts';
import { type Run, RunPage } from '../../../shared/api/runs.ts';
import { type Status, StatusResponse } from '../../../shared/api/scheduled-sync.ts';
import { type Asked, type Failure, get } from './api-client.ts';

export interface ConsoleData {
  /** null: not loaded yet. */
  readonly status: Status | null;
  /** The newest runs, newest first. */
  readonly runs: readonly Run[] | null;
  readonly agents: readonly AgentOverview[] | null;
  /** Why the last attempt failed; what was loaded before stays. */
  readonly failure: Failure | null;
}

const RUNNING_MS = 800;
const IDLE_MS = 15_000;
const RUNS = 50;

export interface FreshData extends ConsoleData {
  readonly refresh: () => Promise<void>;
  /** Look often, because an operation of ours is under way. */
  readonly watch: (busy: boolean) => void;
}

export function useConsoleData(): FreshData {
  const [busy, watch] = useState(false);
  const [data, setData] = useState<ConsoleData>({ status: null, runs: null, agents: null, failure: null });
  const seen = useRef<string | null>(null);
  const underWay = useRef(false);

  const load = useCallback(async (everything: boolean) => {
    const page = await get(`/api/sync-runs?limit=${RUNS}`, RunPage);
    if (!page.ok) return setData((before) => ({ ...before, failure: page.failure }));
    const { runs } = page.value;
    const finished = runs.map(({ id, status }) => `${id} ${status}`).join();
    if (!everything && finished === seen.current) return setData((before) => ({ ...before, runs, failure: null }));
    const [status, agents] = await Promise.all([get('/api/scheduled-sync?action=status', StatusResponse), allAgents()]);
    if (!status.ok) return setData((before) => ({ ...before, runs, failure: status.failure }));
    if (!agents.ok) return setData((before) => ({ ...before, runs, failure: agents.failure }));
    seen.current = finished;
    setData({ runs, status: status.value.status, agents: agents.value, failure: null });
  }, []);

  const running = busy || data.runs?.some(({ status }) => status === 'running') === true;
  const refused = data.failure?.status === 401;
  useEffect(() => {
    // Refused requests are counted and raise an alarm: one is enough.
    if (refused) return undefined;
    const look = async () => {
      if (underWay.current || document.hidden) return;
      underWay.current = true;
      await load(false);
      underWay.current = false;
    };
    void look();
    const timer = setInterval(() => void look(), running ? RUNNING_MS : IDLE_MS);
    const onceVisible = () => void look();
    document.addEventListener('visibilitychange', onceVisible);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', onceVisible);
    };
  }, [load, running, refused]);

  return { ...data, refresh: useCallback(() => load(true), [load]), watch };
}

async function allAgents(): Promise<Asked<readonly AgentOverview[]>> {
  const agents: AgentOverview[] = [];
  let after: string | null = '';
  while (after !== null) {
    const page: Asked<AgentPageValue> = await get(`/api/agents?after=${encodeURIComponent(after)}`, AgentPage);
    if (!page.ok) return page;
    agents.push(...page.value.agents);
    after = page.value.next;
  }
  return { ok: true, value: agents };
}

interface AgentPageValue {
  readonly agents: readonly AgentOverview[];
  readonly next: string | null;
}
