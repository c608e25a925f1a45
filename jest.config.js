// Read first, by whatever Node jest was started with: plain JavaScript that Node 20 can read.
import vm from 'node:vm';

const major = Number(process.versions.node.split('.')[0]);
if (major < 24 || vm.SourceTextModule === undefined) {
  process.stderr.write(
    `The tests need Node 24 with --experimental-vm-modules (this is ${process.versions.node}): npm run jest has both.\n`,
  );
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
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  testTimeout: 60_000,
  maxWorkers: 3,
  // Modules of a finished file stay in memory. A worker that collected the CDK a few times spends most of its time in
  // garbage collection: the same files took 400 s of processor time in one process and a third of that in fresh ones.
  workerIdleMemoryLimit: '400MB',
};
