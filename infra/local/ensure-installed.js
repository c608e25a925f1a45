// Installs the packages if they are missing, incomplete or not those of the lockfile. No package runs a script during
// this: npm installs with scripts off, then runs those that package.json allows.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The oldest Node whose npm reads the lockfile. */
const OLDEST = 20;
/** Written last, so that an installation that was interrupted is repeated. */
const STAMP = `${ROOT}node_modules/.voice-agent-sync`;

/** Throws an Error of one line that says what to do. */
export function ensureInstalled() {
  if (Number(process.versions.node.split('.')[0]) < OLDEST)
    throw new Error(`Node ${process.versions.node} is too old to install with: use Node ${OLDEST} or later.`);
  const locked = packagesIn('package-lock.json');
  if (locked === null) throw new Error('package-lock.json is missing or not JSON: restore it from git.');
  const stamp = readStamp();
  const lockfile = createHash('sha256').update(JSON.stringify(locked)).digest('hex');
  const accepted = stamp.lockfile === lockfile ? stamp.absent : [];
  const isComplete = absentPackages(locked).every((path) => accepted.includes(path));
  if (!isComplete) install();
  // Done each time, because every `npm install` links it again.
  uncoverNode();
  if (isComplete && stamp.lockfile === lockfile) return;
  runAllowedScripts();
  // npm skips an optional package that it cannot install: requiring it would repeat the installation at every start.
  writeFileSync(STAMP, JSON.stringify({ lockfile, absent: absentPackages(locked) }));
}

/** npm puts the programs of packages first in PATH, where the bundled Node would hide the user's own. */
function uncoverNode() {
  for (const name of ['node', 'node.cmd', 'node.ps1']) rmSync(`${ROOT}node_modules/.bin/${name}`, { force: true });
}

/** Paths of the packages that this machine needs and that are missing or of another version. */
function absentPackages(locked) {
  const installed = packagesIn('node_modules/.package-lock.json') ?? {};
  const isThere = ([path, { version }]) =>
    installed[path]?.version === version && existsSync(`${ROOT}${path}/package.json`);
  return Object.entries(locked)
    .filter((entry) => entry[0] !== '' && isForThisMachine(entry[1]) && !isThere(entry))
    .map(([path]) => path);
}

/** Of the optional packages, npm installs those of this platform, and what they need only where they are installed. */
function isForThisMachine({ os, cpu, libc, optional = false }) {
  if (optional && cpu === undefined) return false;
  return allows(os, process.platform) && allows(cpu, process.arch) && allows(libc, thisLibc());
}

/** As npm reads `os`, `cpu` and `libc`: a name or several, or several with `!` in front. */
function allows(names = [], value) {
  const list = [names].flat();
  return list.includes(value) || (list.every((name) => name.startsWith('!')) && !list.includes(`!${value}`));
}

function thisLibc() {
  const libraries = process.platform === 'linux' && existsSync('/lib') ? readdirSync('/lib') : [];
  const isMusl = libraries.some((name) => name.startsWith('ld-musl-'));
  return isMusl ? 'musl' : 'glibc';
}

function packagesIn(lockfile) {
  return readJson(lockfile)?.packages ?? null;
}

function readStamp() {
  return readJson('node_modules/.voice-agent-sync') ?? { lockfile: null, absent: [] };
}

/** null: the file does not exist, or was not written completely. */
function readJson(path) {
  if (!existsSync(ROOT + path)) return null;
  const text = readFileSync(ROOT + path, 'utf8');
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function install() {
  console.log('Installing the dependencies (npm ci). This happens once.');
  // Explicit, because NODE_ENV=production, `omit` and `engine-strict` in the user's settings would leave packages out.
  npm(
    'ci',
    '--ignore-scripts',
    '--include=dev',
    '--include=optional',
    '--engine-strict=false',
    '--no-audit',
    '--no-fund',
  );
}

function runAllowedScripts() {
  const allowed = Object.entries(readJson('package.json')?.allowScripts ?? {}).filter((entry) => entry[1]);
  const names = allowed.map(([name]) => name).filter((name) => existsSync(`${ROOT}node_modules/${name}`));
  if (names.length > 0) npm('rebuild', '--ignore-scripts=false', ...names);
}

function npm(...args) {
  const { command, prefix } = npmCommand();
  const { status, error } = spawnSync(command, [...prefix, ...args, '--loglevel=error'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
    // The fallback where npm's path is unknown; on Windows npm is a script.
    shell: prefix.length === 0 && process.platform === 'win32',
  });
  if (error !== undefined) throw new Error(`npm did not start (${error.message}): run npm ${args[0]} yourself.`);
  if (status !== 0) throw new Error(`npm ${args[0]} failed: see its messages above.`);
}

/** npm passes its scripts its own path and that of its Node, which npm ci does not replace. */
function npmCommand() {
  const { npm_execpath: script = '', npm_node_execpath: node = process.execPath } = process.env;
  return script.endsWith('npm-cli.js') ? { command: node, prefix: [script] } : { command: 'npm', prefix: [] };
}
