/** The built functions against moto instead of our own stand-in: an independent Secrets Manager and EventBridge. */
import { CreateEventBusCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { ENVIRONMENT, METRICS } from '../../shared/contract.ts';
import {
  type DeployedSystem,
  HEALTH,
  SYNC,
  startDeployedSystem,
  THREE_AGENTS,
  TOKEN,
} from '../support/deployed-system.ts';
import { type Moto, motoIsInstalled, startMoto } from '../support/moto.ts';
import { TEST_KEY } from '../support/simulator.ts';
import { type Synthesized, synthesize } from '../support/synthesized.ts';

const describeWithMoto = motoIsInstalled() ? describe : describe.skip;
const BUS = 'voice-agent-sync-test';

describeWithMoto('a deployed function', () => {
  let moto: Moto;
  let synthesized: Synthesized;
  let system: DeployedSystem;
  const clients = () => {
    const options = {
      endpoint: moto.environment['AWS_ENDPOINT_URL'] ?? '',
      region: 'eu-central-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    return { secrets: new SecretsManagerClient(options), events: new EventBridgeClient(options) };
  };
  beforeAll(async () => {
    [moto, synthesized] = await Promise.all([startMoto(), synthesize()]);
  }, 180_000);
  afterEach(() => system.close());
  afterAll(() => moto.stop());

  /** The environment, with moto's names of the secrets instead of the templates' references. */
  async function start(bus: string): Promise<void> {
    const { secrets } = clients();
    const names = {
      [ENVIRONMENT.retellApiKeySecretArn]: `key-of-${bus}`,
      [ENVIRONMENT.syncAuthTokenSecretArn]: `token-of-${bus}`,
      [ENVIRONMENT.databaseSecretArn]: `database-of-${bus}`,
    };
    const environment = { ...moto.environment, ...names, [ENVIRONMENT.eventBusName]: bus };
    system = await startDeployedSystem(synthesized, { agents: THREE_AGENTS, environment });
    const put = (Name: string, SecretString = '') => secrets.send(new CreateSecretCommand({ Name, SecretString }));
    await put(`key-of-${bus}`, TEST_KEY);
    await put(`token-of-${bus}`, TOKEN);
    await put(`database-of-${bus}`, system.aws.secrets.get(system.secretArn(ENVIRONMENT.databaseSecretArn)));
  }

  test('reads its secrets, publishes its events, and reads a replaced secret', async () => {
    await clients().events.send(new CreateEventBusCommand({ Name: BUS }));
    await start(BUS);
    expect(await system.request(SYNC)).toMatchObject({ status: 200, body: { health_score: 100 } });
    expect(system.metric(METRICS.eventPublishFailures)).toEqual([]);
    expect(system.aws.calls).toEqual([]);
    await system.roles.rotate();
    await system.roles.dropConnections();
    const rotated = system.aws.secrets.get(system.secretArn(ENVIRONMENT.databaseSecretArn)) ?? '';
    await clients().secrets.send(new PutSecretValueCommand({ SecretId: `database-of-${BUS}`, SecretString: rotated }));
    expect(await system.request(HEALTH)).toMatchObject({ status: 200 });
  }, 60_000);
});
