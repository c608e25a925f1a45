// Runs before `npm start` and `npm test`, on whatever Node is there and with nothing installed: plain JavaScript, no imports
// but Node's own, nothing newer than Node 20 can read.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const major = Number(process.versions.node.split('.')[0]);
if (major < 20) fail(`Node ${process.versions.node} is too old to install with: use Node 20 or later.`);
if (!isInstalled()) install();

function isInstalled() {
  const wanted = packagesIn('package-lock.json');
  const installed = packagesIn('node_modules/.package-lock.json');
  if (wanted === null) fail('package-lock.json is missing or not JSON: get it back from git.');
  return installed !== null && Object.entries(wanted).every(([path, entry]) => isThere(path, entry, installed));
}

/** npm writes what it installed as its last step. Packages for other platforms are optional, and rightly absent. */
function isThere(path, entry, installed) {
  if (path === '') return true;
  const found = installed[path];
  return found === undefined ? Boolean(entry.optional || entry.devOptional) : found.version === entry.version;
}

function packagesIn(lockfile) {
  try {
    return JSON.parse(readFileSync(root + lockfile, 'utf8')).packages;
  } catch {
    return null;
  }
}

function install() {
  console.log('Installing the dependencies (npm ci); this is done once.');
  const { command, prefix } = npm();
  const { status, error } = spawnSync(command, [...prefix, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
    // Only where npm could not say where it is, and on Windows npm is a script.
    shell: prefix.length === 0 && process.platform === 'win32',
  });
  if (error !== undefined) fail(`npm could not be started (${error.message}): run npm ci yourself.`);
  if (status !== 0) fail('npm ci failed: what it printed above says why.');
}

/** npm tells its scripts where it and its Node are; that Node is not the one in node_modules, which npm ci replaces. */
function npm() {
  const script = process.env.npm_execpath;
  return script === undefined
    ? { command: 'npm', prefix: [] }
    : { command: process.env.npm_node_execpath ?? process.execPath, prefix: [script] };
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
