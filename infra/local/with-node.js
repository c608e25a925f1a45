// `node infra/local/with-node.js <program> [arguments]`: installs what is missing, then runs a program of the project on a
// Node that can run it. Plain JavaScript that the oldest Node with a usable npm reads; imports nothing but Node's own modules.
import { spawn } from 'node:child_process';
import module from 'node:module';
import { delimiter, dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chooseNode } from './choose-node.js';
import { ensureInstalled } from './ensure-installed.js';

/** Node keeps compiled code there, with which programs of the project start in half of the time. */
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL('../../node_modules/.cache/voice-agent-sync-compiled', import.meta.url),
);

const [, , program = '', ...args] = process.argv;
const node = prepare();
if (node === process.execPath) await runHere();
else runOn(node);

function prepare() {
  try {
    ensureInstalled();
    return chooseNode();
  } catch (error) {
    console.error(error.message);
    return process.exit(1);
  }
}

async function runHere() {
  module.enableCompileCache?.();
  process.argv = [process.execPath, resolve(program), ...args];
  await import(pathToFileURL(resolve(program)).href);
}

function runOn(path) {
  // First in PATH, so that the programs that it starts run on the same Node.
  const env = { ...process.env, PATH: [dirname(path), process.env.PATH].join(delimiter) };
  const child = spawn(path, [...process.execArgv, program, ...args], { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`${path} did not start (${error.message}): delete node_modules and run the command again.`);
    process.exit(1);
  });
  child.on('exit', (code) => process.exit(code ?? 1));
}
