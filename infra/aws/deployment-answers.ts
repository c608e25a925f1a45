/** Turns a person's answers into a new deployment's file and the commands that deploy it. */

export type DatabaseAnswers =
  | { readonly kind: 'public'; readonly secret: string; readonly ownerSecret: string }
  | {
      readonly kind: 'private';
      readonly secret: string;
      readonly ownerSecret: string;
      readonly network: { readonly vpcId: string; readonly subnetIds: string[]; readonly securityGroupIds: string[] };
    }
  | { readonly kind: 'rds'; readonly platform: Platform; readonly isFreePlan: boolean };

/** Where the platform that connects to a new RDS runs. */
export type Platform =
  | {
      readonly place: 'vpc';
      readonly vpcId: string;
      readonly cidr: string;
      readonly routeTableIds: string[];
      readonly securityGroupIds: string[];
    }
  | { readonly place: 'elsewhere'; readonly cidrs: string[] };

export interface Answers {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly database: DatabaseAnswers;
  readonly alarmEmail: string;
  readonly runbookUrl: string;
  readonly hasUsualConcurrency: boolean;
}

/** Omits empty values and defaults. */
export function fileOf({ account, region, database, alarmEmail, runbookUrl, hasUsualConcurrency }: Answers): object {
  return {
    $schema: './schema.json',
    ...given({ account, region }),
    database: databaseOf(database),
    ...given({ alarmEmail, runbookUrl }),
    ...(hasUsualConcurrency ? { reservedConcurrency: true } : {}),
  };
}

function databaseOf(database: DatabaseAnswers): object {
  if (database.kind === 'rds') {
    return { kind: 'rds', ...platformOf(database.platform), ...(database.isFreePlan ? { backupDays: 1 } : {}) };
  }
  const { kind, secret, ownerSecret } = database;
  return {
    kind,
    secret,
    ...given({ ownerSecret }),
    ...(database.kind === 'private' ? { network: database.network } : {}),
  };
}

function platformOf(platform: Platform): object {
  if (platform.place === 'elsewhere') return { allowFrom: { cidrs: platform.cidrs }, publiclyAccessible: true };
  const { vpcId, cidr, routeTableIds, securityGroupIds } = platform;
  return {
    allowFrom: securityGroupIds.length === 0 ? { cidrs: [cidr] } : { securityGroupIds },
    peering: { vpcId, cidr, routeTableIds },
  };
}

function given(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
}

/** The next commands, in order. */
export function commandsOf({ name, database }: Answers): readonly string[] {
  return [
    ...(database.kind === 'rds' ? [] : secretCommands(database)),
    `npm run preflight -- ${name}`,
    `npx cdk bootstrap -c deployment=${name}`,
    `npx cdk deploy --all -c deployment=${name}`,
    'printf %s "$RETELL_API_KEY" | aws secretsmanager put-secret-value --secret-id "$RETELL_API_KEY_SECRET_ARN" --secret-string file:///dev/stdin   # RetellApiKeySecretArn of the outputs',
    `npm run verify:deployed -- ${name}`,
  ];
}

/** Reads values from a file or a pipe, because every user of the machine can see a command line. */
function secretCommands({ secret, ownerSecret }: { secret: string; ownerSecret: string }): string[] {
  const create = (id: string, from: string, note: string) =>
    `aws secretsmanager create-secret --name ${id} --secret-string file://${from}   # unless it exists${note}`;
  const fromFile = (id: string) => create(id, 'owner', '; the file holds postgres://owner:password@host:5432/database');
  if (ownerSecret === '') return [fromFile(secret)];
  const service = 'postgres://voice_agent_sync_service:$(openssl rand -hex 24)@host:5432/database';
  return [fromFile(ownerSecret), `printf %s "${service}" | ${create(secret, '/dev/stdin', '')}`];
}
