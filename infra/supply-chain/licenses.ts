/** `npm run licenses`: names the packages of the lockfile whose licence we do not accept. */
import { join } from 'node:path';
import { lockedPackages, objection } from './judge-licenses.ts';

const packages = lockedPackages(join(import.meta.dirname, '../..'));
const objections = packages.map(objection).filter((line) => line !== null);
console.log(
  [...objections, `${packages.length} packages, ${objections.length} without an accepted licence`].join('\n'),
);
if (objections.length > 0) process.exitCode = 1;
