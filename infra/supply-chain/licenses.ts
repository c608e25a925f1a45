/** Which licenses we accept, and the packages of the lockfile, including those of other platforms. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';

/** Licenses that require a notice at most. */
const PERMISSIVE = 'MIT ISC 0BSD Apache-2.0 BlueOak-1.0.0 BSD-2-Clause BSD-3-Clause CC0-1.0 MIT-0'.split(' ');
/** For tools, which are not deployed: their conditions apply to those who change or sell them. */
const FOR_TOOLS = 'CC-BY-4.0 MPL-2.0 PSF-2.0'.split(' ');

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

/** Every package of the lockfile except the project itself. */
export function lockedPackages(root: string): readonly LockedPackage[] {
  const { packages } = v.parse(Lockfile, JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, locked]) => Object.assign({ name: path.slice(path.lastIndexOf('node_modules/') + 13) }, locked));
}

/** null: accepted. In an SPDX expression, every part of one alternative must be accepted. */
export function licenseProblem({ name, version, license, dev }: LockedPackage): string | null {
  if (license === undefined) return `${name}@${version} states no license`;
  const accepted = dev ? [...PERMISSIVE, ...FOR_TOOLS] : PERMISSIVE;
  const alternatives = license.replaceAll(/[()]/g, '').split(' OR ');
  const isAccepted = alternatives.some((all) => all.split(' AND ').every((part) => accepted.includes(part)));
  return isAccepted ? null : `${name}@${version} is under ${license}`;
}
