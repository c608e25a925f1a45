/** Parses and validates the arguments of the command line; an unknown name gets a suggestion. Pure. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { suggestName } from '../../shared/suggest-name.ts';
import type { Command, Given, Positional } from './command.ts';
import type { Option, OptionValues } from './options.ts';
import { UsageError } from './usage-error.ts';

export const GLOBAL_OPTIONS: readonly Option[] = [
  flag('help', 'Show the help of the command.'),
  flag('json', "Print the service's response as JSON, for programs; ask nothing."),
  {
    name: 'url',
    kind: 'text',
    value: 'address',
    description:
      'The service, such as https://id.execute-api.us-east-1.amazonaws.com; default: the one on this machine.',
    choices: [],
  },
  {
    name: 'token',
    kind: 'text',
    value: 'token',
    description:
      "The service's SYNC_AUTH_TOKEN. Better set the variable of that name: other users of the machine can read a command line.",
    choices: [],
  },
];

function flag(name: string, description: string): Option {
  return { name, kind: 'flag', value: '', description, choices: [] };
}

export interface ParsedCommandLine extends Given {
  /** null if no command is given. */
  readonly name: string | null;
}

/** @throws UsageError */
export function parseCommandLine(
  argv: readonly string[],
  commands: Readonly<Record<string, Command>>,
): ParsedCommandLine {
  const asked = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;
  const name = commandName(asked, commands);
  const command = name === null ? undefined : commands[name];
  const known = [...GLOBAL_OPTIONS, ...(command?.options ?? [])];
  const { options, positionals } = read(asked, known);
  const given = { options, positionals: positionals.slice(name === null ? 0 : 1) };
  if (command !== undefined && options['help'] === undefined) checkPositionals(name ?? '', command, given.positionals);
  return { name, ...given };
}

/** The first word that is neither an option nor an option's value. */
function commandName(argv: readonly string[], commands: Readonly<Record<string, Command>>): string | null {
  const { positionals } = parseArgs({ ...configOf(GLOBAL_OPTIONS), args: [...argv] });
  const [name] = positionals;
  if (name === undefined) return null;
  if (Object.hasOwn(commands, name)) return name;
  throw new UsageError(`There is no command ${JSON.stringify(name)}${didYouMean(name, Object.keys(commands), '')}`);
}

function read(argv: readonly string[], known: readonly Option[]): Given {
  const { tokens, positionals } = parseArgs({ ...configOf(known), args: [...argv] });
  const byName = new Map(known.map((option) => [option.name, option]));
  const options = tokens.flatMap((token) => {
    if (token.kind !== 'option') return [];
    const option = byName.get(token.name);
    if (option === undefined) throw unknownOption(token.rawName, [...byName.keys()]);
    return [[option.name, valueOf(option, token.value)] as const];
  });
  return { options: Object.fromEntries(options), positionals };
}

function configOf(known: readonly Option[]) {
  const options: NonNullable<ParseArgsConfig['options']> = Object.fromEntries(
    known.map(({ name, kind }) => [name, { type: kind === 'flag' ? 'boolean' : 'string' } as const]),
  );
  // Unknown options are reported here, with a suggestion.
  return { options: { ...options, help: { type: 'boolean', short: 'h' } }, strict: false, tokens: true } as const;
}

function valueOf({ name, kind, value, choices }: Option, given: string | undefined): OptionValues[string] {
  if (kind === 'flag') {
    if (given === undefined) return true;
    throw new UsageError(`--${name} takes no value.`);
  }
  if (given === undefined || given === '') throw new UsageError(`--${name} needs a value: --${name} <${value}>.`);
  if (choices.length > 0 && !choices.includes(given)) {
    throw new UsageError(`--${name} is ${JSON.stringify(given)}${didYouMean(given, choices, '')}`);
  }
  return given;
}

function unknownOption(rawName: string, known: readonly string[]): UsageError {
  const suggestion = rawName.startsWith('--') ? didYouMean(rawName.slice(2), known, '--') : '; see --help.';
  return new UsageError(`There is no option ${JSON.stringify(rawName)}${suggestion}`);
}

/** A shorter known name too easily resembles another word. */
const SHORTEST_NAME = 4;

function didYouMean(name: string, known: readonly string[], prefix: string): string {
  const begun = name.length < 2 ? undefined : known.find((candidate) => candidate.startsWith(name.toLowerCase()));
  const suggestion = suggestName(name, known, SHORTEST_NAME)?.name ?? begun;
  return suggestion === undefined
    ? `; known are ${known.map((candidate) => prefix + candidate).join(', ')}.`
    : `. Did you mean ${prefix}${suggestion}?`;
}

function checkPositionals(name: string, { positionals }: Command, given: readonly string[]): void {
  const missing = positionals.find(({ required }, index) => required && given[index] === undefined);
  if (missing !== undefined) throw new UsageError(`\`${name}\` needs ${placeholder(missing)}; see \`${name} --help\`.`);
  const most = positionals.some(({ many }) => many === true) ? Number.POSITIVE_INFINITY : positionals.length;
  if (given.length > most) {
    const extra = given[most] ?? '';
    throw new UsageError(
      `${JSON.stringify(extra)} is one argument too many for \`${name}\`; quote a name with spaces.`,
    );
  }
}

export function placeholder({ name, required, many }: Positional): string {
  const shown = many === true ? `${name}...` : name;
  return required ? `<${shown}>` : `[${shown}]`;
}
