/**
 * `npm run deploy:init`: asks for what cannot be guessed, writes deployments/<name>.json, and prints the next commands.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { confirm, input, select } from '@inquirer/prompts';
import { DEPLOYMENTS } from './deployment.ts';
import { type Answers, commandsOf, type DatabaseAnswers, fileOf, type Platform } from './deployment-answers.ts';
import { parseSettings, SettingsError } from './settings.ts';

const KINDS = [
  { value: 'public', name: 'our own Postgres, reached over the internet (Supabase, Neon, a public RDS)' },
  { value: 'private', name: 'our own Postgres in a VPC (RDS, Aurora, RDS Proxy)' },
  { value: 'rds', name: 'a new RDS, which our platform is let into' },
] as const;

const PLACES = [
  { value: 'vpc', name: 'in a VPC of this account and region' },
  { value: 'elsewhere', name: 'elsewhere (Vercel, Fly, another cloud)' },
] as const;

async function ask(): Promise<Answers> {
  const name = await input({ message: 'Name of the deployment', default: 'production', validate: isNewName });
  return {
    name,
    account: await input({ message: 'AWS account (12 digits; empty: that of the credentials)' }),
    region: await input({ message: 'Region', default: 'us-east-1' }),
    database: await askDatabase(),
    alarmEmail: await input({ message: 'Email address for alarms' }),
    runbookUrl: await input({ message: 'Web view of docs/runbook.md in your repository', default: guessRunbookUrl() }),
    hasUsualConcurrency: await confirm({
      message: "Is the account's limit of concurrent Lambda executions 150 or more (new accounts begin with 10)?",
      default: false,
    }),
  };
}

function isNewName(name: string): string | true {
  if (!/^[a-z](-?[a-z0-9]){0,20}$/.test(name))
    return 'Up to 21 of a-z, 0-9 and single dashes, starting with a letter and ending with none';
  return existsSync(pathOf(name)) ? `deployments/${name}.json exists` : true;
}

async function askDatabase(): Promise<DatabaseAnswers> {
  const kind = await select({ message: 'Which database has (or gets) the table of interviewers?', choices: KINDS });
  if (kind === 'rds') {
    const platform = await askPlatform();
    const isFreePlan = await confirm({ message: "Is the account on AWS's free plan?", default: false });
    return { kind, platform, isFreePlan };
  }
  const secret = await input({ message: 'Secret that the functions connect with', default: 'team/postgres-service' });
  const ownerSecret = await askOwnerSecret();
  if (kind === 'public') return { kind, secret, ownerSecret };
  const network = {
    vpcId: await input({ message: 'VPC (vpc-...)' }),
    subnetIds: await list('Private subnets with a NAT (subnet-..., separated by commas)'),
    securityGroupIds: await list('Security groups for the functions, which the database accepts (sg-...)'),
  };
  return { kind, secret, ownerSecret, network };
}

/** Empty: the functions connect as the owner too. A question with a default takes no empty answer. */
async function askOwnerSecret(): Promise<string> {
  const hasOwn = await confirm({
    message: "Has the tables' owner, as whom the migrations connect, a secret of its own (recommended)?",
    default: true,
  });
  if (!hasOwn) return '';
  return await input({ message: "Secret of the tables' owner", default: 'team/postgres-owner' });
}

async function askPlatform(): Promise<Platform> {
  const place = await select({ message: 'Where does the platform run?', choices: PLACES });
  if (place === 'elsewhere') return { place, cidrs: await list('Its addresses (such as 203.0.113.7/32)') };
  return {
    place,
    vpcId: await input({ message: 'Its VPC (vpc-...)' }),
    cidr: await input({ message: 'The IPv4 range of that VPC', default: '10.0.0.0/16' }),
    routeTableIds: await list('The route tables of its subnets (rtb-...)'),
    securityGroupIds: await list('Its security groups (sg-...; empty: the whole VPC)'),
  };
}

async function list(message: string): Promise<string[]> {
  const text = await input({ message });
  return text.split(/[\s,]+/).filter((part) => part !== '');
}

/** The owner and name in the remote of this clone, on GitHub or similar. */
function guessRunbookUrl(): string {
  try {
    const remote = execFileSync('git', ['remote', 'get-url', 'origin'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [, host, path] = /^(?:https:\/\/(?:[^@/]+@)?|git@)([^/:]+)[/:](.+?)(?:\.git)?\s*$/.exec(remote) ?? [];
    return host === undefined ? '' : `https://${host}/${path}/blob/main/docs/runbook.md`;
  } catch {
    return '';
  }
}

function pathOf(name: string): string {
  return join(DEPLOYMENTS, `${name}.json`);
}

function write(answers: Answers): void {
  const file = fileOf(answers);
  // A wrong id fails here rather than in the deployment.
  parseSettings(file, answers.name);
  writeFileSync(pathOf(answers.name), `${JSON.stringify(file, null, 2)}\n`, { flag: 'wx' });
  console.log(`\ndeployments/${answers.name}.json is written: commit it. Then, with credentials of the account:\n`);
  for (const command of commandsOf(answers)) console.log(`  ${command}`);
}

try {
  write(await ask());
} catch (error) {
  // Ctrl-C at a question is not an error.
  const isExpected = error instanceof SettingsError || (error instanceof Error && error.name === 'ExitPromptError');
  if (!isExpected) throw error;
  console.error(`\nNothing is written. ${error.message}`);
  process.exitCode = 1;
}
