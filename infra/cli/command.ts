/** What a command of the command line is, and what it returns. */
import type { ApiClient } from './client.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Option, OptionValues } from './options.ts';
import type { Paint } from './text/style.ts';

export interface Positional {
  readonly name: string;
  readonly required: boolean;
  /** Takes all remaining arguments. */
  readonly many?: true;
}

export interface Command {
  /** One line, for the list of commands. */
  readonly summary: string;
  readonly description?: string;
  readonly positionals: readonly Positional[];
  readonly options: readonly Option[];
  /** What follows `npm run cli -- `. */
  readonly examples: readonly string[];
  run(context: CommandContext, given: Given): Promise<Outcome>;
}

export interface Given {
  readonly positionals: readonly string[];
  readonly options: OptionValues;
}

export interface CommandContext {
  readonly client: ApiClient;
  readonly paint: Paint;
  readonly now: Date;
  /** The command line that runs the command against the same service: `npm run cli -- sync --url ...`. */
  readonly commandLine: (...words: readonly string[]) => string;
}

export interface Outcome {
  readonly exit: ExitCode;
  readonly lines: readonly string[];
  /** For `--json`: the body of the service's response. */
  readonly json: unknown;
  /** What a person must confirm, and what happens then. */
  readonly confirmation?: Confirmation;
}

export interface Confirmation {
  readonly question: string;
  /** The command that confirms, for use without a terminal. */
  readonly command: string;
  readonly confirm: () => Promise<Outcome>;
}
