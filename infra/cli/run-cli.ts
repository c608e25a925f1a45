/** The command line from its arguments to its exit code. Everything outside comes as an argument. */
import { COMMAND_LINE } from '../../shared/contract.ts';
import { VERSION } from '../../shared/manifest.ts';
import { visibleJson } from '../../shared/visible-text.ts';
import { apiClient } from './client.ts';
import type { Command, CommandContext, Outcome } from './command.ts';
import { COMMANDS } from './commands.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { findService } from './find-service.ts';
import { commandHelp, generalHelp } from './help.ts';
import { type ParsedCommandLine, parseCommandLine } from './parse-command-line.ts';
import { type ProgressOutput, type ProgressPace, withProgress } from './progress.ts';
import { colored, type Paint, plain } from './text/style.ts';
import { shellWord } from './text/values.ts';
import { UsageError } from './usage-error.ts';

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that contains `.local`. */
  readonly project: string;
  readonly out: { readonly hasColors: boolean; write(text: string): void };
  readonly err: ProgressOutput & { readonly hasColors: boolean };
  /** Asks a person; null: there is no terminal. */
  readonly ask: ((question: string) => Promise<string>) | null;
  readonly now: () => Date;
  /** When the progress of a long request is shown; by default after two seconds. */
  readonly pace?: ProgressPace;
}

export async function runCli(argv: readonly string[], io: Surroundings): Promise<ExitCode> {
  try {
    const parsed = parseCommandLine(argv, COMMANDS);
    const command = parsed.name === null ? undefined : COMMANDS[parsed.name];
    if (command === undefined || parsed.options['help'] === true) return showHelp(parsed, command, io);
    return await runCommand(command, parsed, io);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    io.err.write(`${error.message}\n`);
    return EXIT.failed;
  }
}

/** Without a command there is nothing to do, which is an error for a script. */
function showHelp({ name, options }: ParsedCommandLine, command: Command | undefined, io: Surroundings): ExitCode {
  const isAsked = options['help'] === true;
  const lines = command === undefined ? generalHelp(COMMANDS) : commandHelp(name ?? '', command);
  (isAsked ? io.out : io.err).write(`${[`voice-agent-sync ${VERSION}`, '', ...lines].join('\n')}\n`);
  return isAsked ? EXIT.ok : EXIT.failed;
}

async function runCommand(command: Command, parsed: ParsedCommandLine, io: Surroundings): Promise<ExitCode> {
  const { options } = parsed;
  const service = await findService({ options, env: io.env, project: io.project });
  const client = apiClient(service);
  const isJson = options['json'] === true;
  const context: CommandContext = {
    client,
    paint: !isJson && io.out.hasColors ? colored : plain,
    now: io.now(),
    commandLine: commandLineOf(options['url']),
  };
  const during: During = (work) => withProgress({ client, output: io.err, pace: io.pace }, work);
  const first = await during(() => command.run(context, parsed));
  const { outcome, isShown } = isJson ? { outcome: first, isShown: false } : await confirmed(first, io, during);
  if (!isShown) write(outcome, { isJson, io, paint: context.paint });
  return outcome.exit;
}

/** Shows the progress of the work. */
type During = (work: () => Promise<Outcome>) => Promise<Outcome>;

interface Confirmed {
  readonly outcome: Outcome;
  readonly isShown: boolean;
}

/** Asks as long as there is something to confirm: what was shown may change before it is confirmed. */
async function confirmed(outcome: Outcome, io: Surroundings, during: During): Promise<Confirmed> {
  const { confirmation, lines } = outcome;
  if (io.ask === null || confirmation === undefined) return { outcome, isShown: false };
  io.out.write(`${lines.join('\n')}\n\n`);
  const answer = await io.ask(`${confirmation.question} Only "yes" confirms: `);
  if (answer.trim() === 'yes') return confirmed(await during(confirmation.confirm), io, during);
  io.out.write('Nothing was confirmed.\n');
  return { outcome, isShown: true };
}

/** The token is never shown in a command. */
function commandLineOf(url: string | true | undefined): CommandContext['commandLine'] {
  const service = typeof url === 'string' ? ['--url', url] : [];
  return (...words) => [COMMAND_LINE, ...[...words, ...service].map(shellWord)].join(' ');
}

function write(outcome: Outcome, { isJson, io, paint }: { isJson: boolean; io: Surroundings; paint: Paint }): void {
  const { lines, json, exit, confirmation } = outcome;
  const command = confirmation === undefined ? [] : ['', 'To confirm exactly this:', `  ${confirmation.command}`];
  if (isJson) {
    io.out.write(`${visibleJson(json)}\n`);
    return;
  }
  // The message of a failure is not a result.
  const output = exit === EXIT.failed && isFailure(json) ? io.err : io.out;
  output.write(`${[...lines, ...command.map((line) => (line === '' ? line : paint('bold', line)))].join('\n')}\n`);
}

function isFailure(json: unknown): boolean {
  return typeof json === 'object' && json !== null && Reflect.get(json, 'success') === false;
}
