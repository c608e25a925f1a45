import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ConvergenceSystem, convergence, startConvergence } from './convergence.ts';

/**
 * CONVERGENCE_SEED=n replays one schedule, CONVERGENCE_SCHEDULES=n runs n schedules (`.ci/run` adds 300), SOAK_MINUTES=n runs
 * schedules for n minutes: 60 by default with `npm run test:soak`.
 */
const env = process.env;
const SEED = env['CONVERGENCE_SEED'];
const SCHEDULES = Number(env['CONVERGENCE_SCHEDULES'] ?? (SEED === undefined ? 100 : 1));
const SOAK_MS = Number(env['SOAK_MINUTES'] ?? (env['npm_lifecycle_event'] === 'test:soak' ? 60 : 0)) * 60_000;
const FIRST_SEED = Number(SEED ?? Math.floor(Math.random() * 1e9));

describe('[L5] [W7] after any schedule of changes, faults and kills, one quiet sync leaves exactly what Retell has', () => {
  let system: ConvergenceSystem;
  beforeAll(async () => {
    system = await startConvergence();
  });
  afterAll(() => system.close());

  test(
    `schedules from seed ${FIRST_SEED} on`,
    async () => {
      const end = performance.now() + SOAK_MS;
      const failures: string[] = [];
      let [schedules, kills, requests] = [0, 0, 0];
      while (schedules < SCHEDULES || performance.now() < end) {
        const seed = FIRST_SEED + schedules;
        const result = await convergence(system, seed);
        if (result.violations.length > 0)
          failures.push(`CONVERGENCE_SEED=${seed}\n  ${result.violations.join('\n  ')}`);
        if (failures.length >= 5) break;
        kills += result.kills;
        requests += result.requests;
        schedules += 1;
      }
      console.info(`${schedules} schedules from seed ${FIRST_SEED}: ${requests} responses, ${kills} processes killed`);
      expect(failures.join('\n')).toBe('');
    },
    SOAK_MS + 600_000,
  );
});
