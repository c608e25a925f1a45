/** The help texts. Pure. */
import { COMMAND_LINE } from '../../shared/contract.ts';
import type { Command } from './command.ts';
import type { Option } from './options.ts';
import { GLOBAL_OPTIONS, placeholder } from './parse-command-line.ts';
import { plain } from './text/style.ts';
import { columns } from './text/table.ts';

const EXIT_CODES = [
  'Exit codes: 0 in sync or done, 1 out of sync or changes found, 2 failed or unknown, 3 a confirmation is needed.',
];

export function generalHelp(commands: Readonly<Record<string, Command>>): readonly string[] {
  const rows = Object.entries(commands).map(([name, command]) => [usage(name, command), command.summary]);
  return [
    'Acts on a running voice-agent-sync.',
    '',
    `Usage: ${COMMAND_LINE} <command> [options]`,
    '',
    'Commands:',
    ...indented(columns(rows, plain)),
    '',
    'Options of every command:',
    ...optionLines(GLOBAL_OPTIONS),
    '',
    ...EXIT_CODES,
    `For programs: npm run -s cli -- <command> --json. Colors are for terminals only, and NO_COLOR turns them off.`,
  ];
}

export function commandHelp(name: string, command: Command): readonly string[] {
  const { summary, description, options, examples } = command;
  return [
    `${summary}.`,
    ...(description === undefined ? [] : ['', description]),
    '',
    `Usage: ${COMMAND_LINE} ${usage(name, command)} [options]`,
    ...(options.length === 0 ? [] : ['', 'Options:', ...optionLines(options)]),
    '',
    'Options of every command:',
    ...optionLines(GLOBAL_OPTIONS),
    '',
    'Examples:',
    ...indented(examples.map((example) => `${COMMAND_LINE} ${example}`)),
    '',
    ...EXIT_CODES,
  ];
}

function usage(name: string, { positionals }: Command): string {
  return [name, ...positionals.map(placeholder)].join(' ');
}

function optionLines(options: readonly Option[]): readonly string[] {
  const rows = options.map(({ name, kind, value, description }) => [
    `--${name}${kind === 'flag' ? '' : ` <${value}>`}`,
    description,
  ]);
  return indented(columns(rows, plain));
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}
