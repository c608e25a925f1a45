/** `npm run licenses`: names the packages of the lockfile whose license we do not accept. */
import { join } from 'node:path';
import { licenseProblem, lockedPackages } from './licenses.ts';

const packages = lockedPackages(join(import.meta.dirname, '../..'));
const problems = packages.map(licenseProblem).filter((problem) => problem !== null);
console.log([...problems, `${packages.length} packages, ${problems.length} without an accepted license`].join('\n'));
if (problems.length > 0) process.exitCode = 1;
