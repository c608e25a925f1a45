/** How the functions and the migrations connect: with the team's secrets, or to RDS with IAM tokens. */
import type { Stack } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { ENVIRONMENT } from '../../shared/contract.ts';
import { DATABASE_NAME, DATABASE_PORT, type Data } from './data-stack.ts';
import type { ExistingDatabaseSettings } from './database-settings.ts';
import { existingNetwork, type Network } from './network.ts';
import { existingSecret } from './secret.ts';
import type { Settings } from './settings.ts';

export interface DatabaseAccess {
  /** The environment of every function. */
  readonly environment: Readonly<Record<string, string>>;
  /** The secret that the functions connect with; null: an IAM token. */
  readonly serviceSecret: ISecret | null;
  /** Only for the migrations; null: the team gave one secret for both. */
  readonly ownerSecret: ISecret | null;
  /** Allows a function to connect with tokens. */
  readonly grantConnect: (role: Role) => void;
  readonly network: Network | undefined;
}

/** The role that the migrations create. */
const SERVICE_ROLE = 'voice_agent_sync_service';

/** `data` was created from the same settings; null: the team has a database. */
export function databaseAccess(stack: Stack, { database }: Settings, data: Data | null): DatabaseAccess {
  if (database.kind !== 'rds') return existingDatabase(stack, database);
  if (data === null) throw new Error('A new RDS has a stack of its own');
  return rdsDatabase(data);
}

function existingDatabase(stack: Stack, database: ExistingDatabaseSettings): DatabaseAccess {
  const { host, port, name, schema, secret, ownerSecret } = database;
  const address = [
    [ENVIRONMENT.databaseHost, host],
    [ENVIRONMENT.databasePort, port],
    [ENVIRONMENT.databaseName, name],
    [ENVIRONMENT.databaseSchema, schema],
  ] as const;
  return {
    environment: Object.fromEntries(
      address.flatMap(([variable, value]) => (value === undefined ? [] : [[variable, String(value)]])),
    ),
    serviceSecret: existingSecret(stack, 'DatabaseSecret', secret),
    ownerSecret: ownerSecret === undefined ? null : existingSecret(stack, 'DatabaseOwnerSecret', ownerSecret),
    grantConnect: () => {},
    network: database.kind === 'private' ? existingNetwork(stack, database.network) : undefined,
  };
}

function rdsDatabase({ instance, ownerSecret, network }: Data): DatabaseAccess {
  return {
    environment: {
      [ENVIRONMENT.databaseHost]: instance.dbInstanceEndpointAddress,
      [ENVIRONMENT.databasePort]: String(DATABASE_PORT),
      [ENVIRONMENT.databaseName]: DATABASE_NAME,
      [ENVIRONMENT.databaseIamUser]: SERVICE_ROLE,
    },
    serviceSecret: null,
    ownerSecret,
    grantConnect: (role) => void instance.grantConnect(role, SERVICE_ROLE),
    network,
  };
}
