/** The built assets of the synthesized app, requested without the token. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
import { METRICS } from '../../shared/contract.ts';
import { type DeployedSystem, startDeployedSystem, THREE_AGENTS } from '../support/deployed-system.ts';
import { synthesize } from '../support/synthesized.ts';

let system: DeployedSystem;
beforeAll(async () => {
  system = await startDeployedSystem(await synthesize(), { agents: THREE_AGENTS });
}, 180_000);
afterAll(() => system.close());

describe('without the token', () => {
  test.each(ENDPOINTS.filter(({ access }) => access === 'token').map(({ method, path }) => [method, path] as const))(
    '%s %s is refused, and the refusal counted',
    async (method, path) => {
      const counted = system.metric(METRICS.unauthorizedRequests);
      const refused = { status: 401, body: { success: false, code: 'unauthorized' } };
      const at = { method, path: path.replace('{id}', '1') };
      expect(await system.request({ ...at, headers: { authorization: '' } })).toMatchObject(refused);
      expect(await system.request({ ...at, headers: { authorization: 'Bearer something-else' } })).toMatchObject(
        refused,
      );
      expect(system.metric(METRICS.unauthorizedRequests)).toEqual([...counted, 1, 1]);
      expect(system.simulator.requests.count()).toBe(0);
    },
  );
});
