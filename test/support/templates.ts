/** The app's templates without its bundles, which take most of a synthesis' time. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import * as v from 'valibot';
import type { ConfigurationName } from './configurations.ts';
import { Template } from './template.ts';

export interface Templates {
  /** null when the team brings its own database. */
  readonly data: Template | null;
  readonly service: Template;
  readonly monitoring: Template;
  readonly all: readonly Template[];
  /** Findings of cdk-nag that are acknowledged, as `path id`, sorted. */
  readonly acknowledged: readonly string[];
  /** The warnings of the synthesis. */
  readonly warnings: readonly string[];
}

const StoredList = v.pipe(v.string(), v.parseJson(), v.array(v.string()));
const HOME = process.env['TEST_SYNTHESIS'] ?? '';
const TEMPLATES = join(HOME, 'templates');

/** The first call synthesizes all configurations; the tests load nothing of CDK. */
export async function templatesOf(name: ConfigurationName): Promise<Templates> {
  const directory = join(await synthesizeAll(), name);
  const read = (stack: string) => {
    const path = join(directory, `${stack}.template.json`);
    return existsSync(path) ? new Template(path) : null;
  };
  const [data, service, monitoring] = [read('Data'), read('Service'), read('Monitoring')];
  if (service === null || monitoring === null) throw new Error('Two stacks are always made');
  return {
    data,
    service,
    monitoring,
    all: [data, service, monitoring].filter((template) => template !== null),
    acknowledged: v.parse(StoredList, readFileSync(join(directory, 'acknowledged.json'), 'utf8')),
    warnings: v.parse(StoredList, readFileSync(join(directory, 'warnings.json'), 'utf8')),
  };
}

/** The folder with a folder for each configuration. */
export async function synthesizeAll(): Promise<string> {
  // Only one worker creates this folder.
  const mine = await mkdir(`${TEMPLATES}-begun`).then(
    () => true,
    () => false,
  );
  if (mine) {
    const script = join(import.meta.dirname, 'synthesize-templates.ts');
    const failure = await promisify(execFile)(process.execPath, [script, `${TEMPLATES}-making`]).then(
      () => null,
      (error: unknown) => error,
    );
    if (failure !== null) await mkdir(`${TEMPLATES}-failed`);
    if (failure !== null) throw failure;
    await rename(`${TEMPLATES}-making`, TEMPLATES);
  }
  while (!existsSync(TEMPLATES)) {
    if (existsSync(`${TEMPLATES}-failed`)) throw new Error('Another test file reports why there are no templates');
    await delay(50);
  }
  return TEMPLATES;
}

/** The properties of every resource of a type, in all stacks. */
export function propertiesOf({ all }: Pick<Templates, 'all'>, type: string) {
  return all.flatMap((template) => template.properties(type));
}

/** A value unchanged, or the beginning of the id of the resource of another stack that it refers to. */
export function referredTo(value: unknown): string {
  const [, id] = /Output(?:Ref|FnGetAtt)([A-Za-z]+?)[0-9A-F]{8}/.exec(JSON.stringify(value)) ?? [];
  return id ?? String(value);
}

/** The functions, by their name without its suffix, with their properties. */
export const functionsOf = ({ service }: Templates) =>
  Object.entries(service.findResources('AWS::Lambda::Function')).map(([id, { Properties }]) =>
    Object.assign({ name: id.replace(/Function[0-9A-F]{8}$/, '') }, Properties),
  );

/** The environment of a function. */
export const variablesOf = (templates: Templates, name: string): Record<string, unknown> =>
  functionsOf(templates).find((lambda) => lambda.name === name)?.Environment.Variables ?? {};
