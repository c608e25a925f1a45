/** `npm run cli -- --help`: acts on a running service. */
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { runCli } from './run-cli.ts';

/** Asks on stderr, so that a redirected result contains no question. An interruption is not an answer. */
async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } catch {
    return '';
  } finally {
    terminal.close();
  }
}

/** Only a terminal has `hasColors`, which respects NO_COLOR. */
function hasColors(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && stream.hasColors();
}

const { stdin, stdout, stderr } = process;
// A reader such as `head` may close the pipe early.
stdout.on('error', (error) => process.exit('code' in error && error.code === 'EPIPE' ? 0 : 2));

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  project: join(import.meta.dirname, '../..'),
  out: { hasColors: hasColors(stdout), write: (text) => void stdout.write(text) },
  err: { hasColors: hasColors(stderr), isTerminal: stderr.isTTY, write: (text) => void stderr.write(text) },
  ask: stdin.isTTY && stdout.isTTY ? ask : null,
  now: () => new Date(),
});
