/** Which deployment this is, and its settings: `deployments/<name>.json`, chosen with `-c deployment=<name>`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { suggestName } from '../../shared/suggest-name.ts';
import { PROJECT } from './function.ts';
import { parseSettings, type Settings, SettingsError, suggestSetting } from './settings.ts';

export interface Deployment {
  /** The name in `-c deployment=<name>`. */
  readonly name: string;
  readonly settings: Settings;
  /** Its templates are only for reading: CloudFormation refuses them. */
  readonly isExample: boolean;
}

export const DEPLOYMENTS = join(PROJECT, 'deployments');
const EXAMPLES = 'examples/';
/** A fresh clone has no deployment, but can still be synthesized. */
const WITHOUT_ANY = 'examples/rds';
const SCHEMA = 'schema.json';

const CHOICE = 'deployment';
/** Keys that the CDK CLI itself writes into `context` of cdk.json; its other keys contain a colon, an @ or a slash. */
const WRITTEN_BY_CDK: ReadonlySet<string> = new Set(['acknowledged-issue-numbers', 'cli-telemetry']);

/** @throws SettingsError whose message is one line that names the file and the setting */
export function readDeployment(context: Readonly<Record<string, unknown>>, home = DEPLOYMENTS): Deployment {
  refuseUnknownContext(context);
  const name = chosen(context[CHOICE], home);
  const path = name.endsWith('.json') ? resolve(name) : join(home, `${name}.json`);
  return {
    name,
    settings: readSettings(path, name),
    isExample: dirname(path) === resolve(home, EXAMPLES),
  };
}

/** Earlier versions took settings from the command line: a setting ignored there would silently change a deployment. */
function refuseUnknownContext(context: Readonly<Record<string, unknown>>): void {
  const key = Object.keys(context).find((name) => !/[:@/]/.test(name) && !WRITTEN_BY_CDK.has(name) && name !== CHOICE);
  if (key === undefined) return;
  const known = suggestSetting(key, [CHOICE]);
  if (known === CHOICE) throw new SettingsError(`-c ${key}=... is not known; did you mean -c ${CHOICE}=...?`);
  throw new SettingsError(
    known === null
      ? `-c ${key}=... is not known; only -c ${CHOICE}=<name> is, and settings are in deployments/<name>.json`
      : `-c ${key}=... is not known: ${known} is a setting of deployments/<name>.json`,
  );
}

function chosen(name: unknown, home: string): string {
  const names = deploymentNames(home);
  if (name === undefined) {
    const [only = WITHOUT_ANY, ...others] = names;
    if (others.length === 0) return only;
    throw new SettingsError(`There are several deployments; choose one with -c ${CHOICE}=${names.join(' or ')}`);
  }
  if (typeof name === 'string' && (name.endsWith('.json') || existsSync(join(home, `${name}.json`)))) return name;
  const given = typeof name === 'string' ? name : JSON.stringify(name);
  const suggestion = suggestName(given, [...names, ...exampleNames(home)], 4)?.name ?? null;
  const hint = suggestion === null ? 'npm run deploy:init writes one' : `did you mean ${suggestion}?`;
  throw new SettingsError(`There is no deployments/${given}.json; ${hint}`);
}

export function deploymentNames(home = DEPLOYMENTS): string[] {
  return namesIn(home).filter((name) => name !== basename(SCHEMA, '.json'));
}

export function exampleNames(home = DEPLOYMENTS): string[] {
  return namesIn(join(home, EXAMPLES)).map((name) => EXAMPLES + name);
}

function namesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => basename(file, '.json'))
    .sort();
}

function readSettings(path: string, name: string): Settings {
  const fileName = basename(name, '.json');
  try {
    return parseSettings(JSON.parse(readFileSync(path, 'utf8')), fileName);
  } catch (error) {
    if (!(error instanceof SettingsError || error instanceof SyntaxError)) throw error;
    throw new SettingsError(`${path.replace(`${PROJECT}/`, '')}: ${error.message}`);
  }
}
