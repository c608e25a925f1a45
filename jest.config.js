// Read first, by whatever Node jest was started with: plain JavaScript that Node 20 can read.
import vm from 'node:vm';

const { node } = process.versions;
if (Number(node.split('.')[0]) < 24) refuse(`Node 24 or later, and this is Node ${node}`);
if (vm.SourceTextModule === undefined) refuse('the flag --experimental-vm-modules');

function refuse(need) {
  process.stderr.write(`The tests need ${need}: run npm run jest, which takes jest's arguments after --.\n`);
  process.exit(1);
}

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/.local'],
  globalSetup: '<rootDir>/test/support/postgres-setup.ts',
  globalTeardown: '<rootDir>/test/support/postgres-teardown.ts',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2024', parser: { syntax: 'typescript' }, experimental: { keepImportAttributes: true } },
        module: { type: 'es6' },
      },
    ],
  },
  testTimeout: 60_000,
  maxWorkers: 2,
  // Modules of a finished file stay in memory. A worker that collected the CDK a few times spends most of its time in
  // garbage collection: the same files took 400 s of processor time in one process and a third of that in fresh ones.
  workerIdleMemoryLimit: '400MB',
};
