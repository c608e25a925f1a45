/** The commands of the AWS CLI in docs and messages: AWS knows each operation and option. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { templatesOf } from '../support/templates.ts';

const PROJECT = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFileSync(join(PROJECT, path), 'utf8');
const FILES = [
  'README.md',
  '.github/workflows/deploy.yml',
  'infra/aws/deployment-answers.ts',
  ...readdirSync(join(PROJECT, 'docs')).flatMap((name) => (name.endsWith('.md') ? [join('docs', name)] : [])),
  ...readdirSync(join(PROJECT, 'infra/aws/preflight')).map((name) => join('infra/aws/preflight', name)),
];

/** Options of the CLI itself, for all services. */
const GLOBAL = new Set(['query', 'output', 'cli-binary-format', 'cli-read-timeout']);
/** Options that only the CLI has, in addition to the parameters of the API. */
const CLI_ONLY = new Map([
  ['ec2 authorize-security-group-ingress', ['protocol', 'port', 'source-group']],
  ['logs tail', ['since', 'filter-pattern']],
]);
const CLIENTS = new Map([
  ['events', 'eventbridge'],
  ['logs', 'cloudwatch-logs'],
  ['secretsmanager', 'secrets-manager'],
]);
/** Services whose client is not installed. */
const UNCHECKED = new Set(['iam', 'sqs']);

interface Command {
  readonly text: string;
  readonly service: string;
  readonly operation: string;
  readonly options: readonly string[];
}

function commandsIn(text: string): Command[] {
  const lines = text.replaceAll('\\\n', ' ');
  return [
    ...lines.matchAll(/\baws ([a-z0-9]+) (?:wait )?([a-z][a-z-]+)((?:(?!\baws [a-z0-9]+ [a-z])[^\n`|;#])*)/g),
  ].map(([whole, service = '', operation = '', rest = '']) => ({
    text: whole,
    service,
    operation: operation === 'db-instance-available' ? 'describe-db-instances' : operation,
    options: [...rest.matchAll(/(?<=\s)--([a-z][a-z0-9-]+)/g)].map(([, option = '']) => option),
  }));
}

/**
 * The parameters in the types of an operation's input, named as in the CLI but without dashes; null: there is no such
 * operation.
 */
function parametersOf({ service, operation }: Command): ReadonlySet<string> | null {
  const types = join(PROJECT, 'node_modules', '@aws-sdk', `client-${CLIENTS.get(service) ?? service}`, 'dist-types');
  if (!existsSync(types)) throw new Error(`There is no client of ${service}`);
  const wanted = `${operation.replaceAll('-', '')}command.d.ts`;
  const file = readdirSync(join(types, 'commands')).find((name) => name.toLowerCase() === wanted);
  if (file === undefined) return null;
  const command = readFileSync(join(types, 'commands', file), 'utf8');
  // A payload's input has its own type beside the model's.
  const [, input = ''] =
    /type \w+InputType = Omit<(\w+)/.exec(command) ?? /CommandInput extends (\w+)/.exec(command) ?? [];
  const models = readdirSync(join(types, 'models')).map((name) => readFileSync(join(types, 'models', name), 'utf8'));
  const [, body = ''] = new RegExp(`^export interface ${input} \\{(.*?)^\\}`, 'ms').exec(models.join('\n')) ?? [];
  return new Set([...body.matchAll(/^ {4}(\w+)\??: /gm)].map(([, name = '']) => name.toLowerCase()));
}

/** The problems of a command; empty: none. */
function problemsOf(command: Command): string[] {
  const { service, operation, options, text } = command;
  const own = CLI_ONLY.get(`${service} ${operation}`);
  const parameters = operation === 'tail' ? new Set<string>() : parametersOf(command);
  if (parameters === null) return [`There is no operation: ${text}`];
  const isKnown = (option: string) => parameters.has(option.replaceAll('-', ''));
  const unknown = options.filter(
    (option) =>
      !(GLOBAL.has(option) || own?.includes(option) || isKnown(option) || isKnown(option.replace(/^no-/, ''))),
  );
  return unknown.map((option) => `There is no option --${option}: ${text}`);
}

const commands = FILES.flatMap((file) => commandsIn(read(file)));

describe('the commands of the AWS CLI in docs and messages', () => {
  test('are known, with all of their options', () => {
    expect(commands.length).toBeGreaterThan(50);
    const checked = commands.filter(({ service }) => !UNCHECKED.has(service));
    expect(checked.flatMap(problemsOf)).toEqual([]);
  });

  test.each([
    ['aws rds describe-instances', ['There is no operation: aws rds describe-instances']],
    [
      'aws rds restore-db-instance-from-db-snapshot --snapshot x',
      ['There is no option --snapshot: aws rds restore-db-instance-from-db-snapshot --snapshot x'],
    ],
    [
      'aws rds wait db-instance-available --db-instance-identifier "$(aws rds describe-db-instances --output text)"',
      [],
    ],
  ])('are recognized as wrong: %s', (text, problems) => {
    expect(commandsIn(text).flatMap(problemsOf)).toEqual(problems);
  });
});

test('the resources that the runbook looks up are in the data stack, each once', async () => {
  const { data } = await templatesOf('rds');
  const ids = Object.keys(data?.content.Resources ?? {});
  const prefixes = [...read('docs/runbook.md').matchAll(/\$\(resource (\w+)\)/g)].map(([, prefix = '']) => prefix);
  expect(prefixes).toHaveLength(3);
  expect(prefixes.map((prefix) => ids.filter((id) => id.startsWith(prefix)).length)).toEqual([1, 1, 1]);
}, 180_000);

test('the outputs that the runbook reads exist', async () => {
  const templates = await templatesOf('rds');
  const outputs = { data: templates.data, service: templates.service, monitoring: templates.monitoring };
  const wanted = [...read('docs/runbook.md').matchAll(/\boutput (data|service|monitoring) (\w+)/g)];
  expect(wanted.length).toBeGreaterThan(5);
  for (const [, part, name = ''] of wanted)
    expect(
      Object.entries(outputs)
        .find(([key]) => key === part)?.[1]
        ?.outputs(),
    ).toHaveProperty(name);
}, 180_000);
