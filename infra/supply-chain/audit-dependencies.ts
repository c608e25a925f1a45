/**
 * `npm run audit:dependencies`: known vulnerabilities of what is deployed, and the registry's signatures of everything.
 * Without a network it says loudly that it was skipped; with `--require` that is a failure too.
 */
import { execFile } from 'node:child_process';
import { judgeSignatures, judgeVulnerabilities } from './judge-audit.ts';

const verdicts = [
  judgeVulnerabilities(await npm('audit', '--omit=dev')),
  judgeSignatures(await npm('audit', 'signatures')),
];
const failing = process.argv.includes('--require') ? ['failed', 'skipped'] : ['failed'];
for (const { kind, line } of verdicts) console[kind === 'passed' ? 'log' : 'error'](line);
if (verdicts.some(({ kind }) => failing.includes(kind))) process.exitCode = 1;

function npm(...args: readonly string[]): Promise<string> {
  const options = ['--json', '--fetch-retries=0', '--fetch-timeout=30000'];
  return new Promise((resolve) => {
    // It exits with 1 when it found something, and says what on stdout all the same.
    execFile('npm', [...args, ...options], { maxBuffer: 50_000_000 }, (_, stdout) => resolve(stdout));
  });
}
