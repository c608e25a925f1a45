/** Deployment files for tests: one of each shape, to spread and change. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';

export type SettingsFileContent = Readonly<Record<string, unknown>>;

const Content = v.pipe(v.string(), v.parseJson(), v.looseObject({ database: v.looseObject({ kind: v.string() }) }));

function example(name: string) {
  const path = join(import.meta.dirname, '..', '..', 'deployments', 'examples', `${name}.json`);
  return v.parse(Content, readFileSync(path, 'utf8'));
}

const [OWN, PRIVATE, RDS] = [example('own-postgres'), example('private-postgres'), example('rds')];

/** A new RDS, with changes to the settings of its database and to the others. */
export function withRds(database: object = {}, settings: SettingsFileContent = {}): SettingsFileContent {
  return { ...RDS, database: { ...RDS.database, ...database }, ...settings };
}

/** The team's own Postgres with two secrets, reached over the internet. */
export function withOwnPostgres(settings: SettingsFileContent = {}): SettingsFileContent {
  return { ...OWN, ...settings };
}

/** The team's own Postgres with one secret for both roles. */
export function withOneSecret(settings: SettingsFileContent = {}): SettingsFileContent {
  return { ...OWN, database: { kind: 'public', secret: 'team/postgres' }, ...settings };
}

/** The team's own Postgres in a VPC of the team's. */
export function withPrivatePostgres(settings: SettingsFileContent = {}): SettingsFileContent {
  return { ...PRIVATE, ...settings };
}
