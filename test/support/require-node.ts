import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import vm from 'node:vm';

/** Ends the process with one line when it cannot run the tests, as when an IDE starts jest on the machine's own Node. */
export function requireNode(): void {
  const required = Number(readFileSync(join(import.meta.dirname, '../../.nvmrc'), 'utf8'));
  const { node } = process.versions;
  if (Number(node.split('.')[0]) < required) stop(`The tests need Node ${required} or later, and this is Node ${node}`);
  if (!('SourceTextModule' in vm)) stop('The tests need the flag --experimental-vm-modules');
}

function stop(reason: string): never {
  console.error(`${reason}: run npm run jest, which takes jest's arguments after --.`);
  process.exit(1);
}
