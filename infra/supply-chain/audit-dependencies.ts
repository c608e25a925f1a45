/**
 * `npm run audit:dependencies`: known vulnerabilities of what is deployed, and the registry's signatures of everything.
 * Without a network it says loudly that it was skipped; with `--require` that is a failure too.
 */
import { execFile } from 'node:child_process';
import * as v from 'valibot';

export type Verdict = { readonly kind: 'passed' | 'failed' | 'skipped'; readonly line: string };

const Vulnerabilities = v.object({
  metadata: v.object({ vulnerabilities: v.object({ high: v.number(), critical: v.number(), total: v.number() }) }),
});
const Signatures = v.object({ invalid: v.array(v.unknown()), missing: v.array(v.unknown()) });
const Unreachable = v.union([
  v.object({ error: v.object({ summary: v.string() }) }),
  v.object({ message: v.string() }),
]);

/** `output` is what `npm audit --json` printed. */
export function judgeVulnerabilities(output: string): Verdict {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Vulnerabilities), output);
  if (!parsed.success) return skipped('vulnerabilities', output);
  const { high, critical, total } = parsed.output.metadata.vulnerabilities;
  const line = `vulnerabilities: ${total}, of which ${high} high and ${critical} critical`;
  return { kind: high + critical > 0 ? 'failed' : 'passed', line };
}

/** `output` is what `npm audit signatures --json` printed. */
export function judgeSignatures(output: string): Verdict {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Signatures), output);
  if (!parsed.success) return skipped('signatures', output);
  const { invalid, missing } = parsed.output;
  const line = `signatures: ${invalid.length} invalid, ${missing.length} missing`;
  return { kind: invalid.length + missing.length > 0 ? 'failed' : 'passed', line };
}

function skipped(what: string, output: string): Verdict {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Unreachable), output);
  const why = !parsed.success
    ? 'npm gave no answer'
    : 'error' in parsed.output
      ? parsed.output.error.summary
      : parsed.output.message;
  return { kind: 'skipped', line: `${what}: SKIPPED, the registry could not be asked (${why || 'without a word'})` };
}

function npm(...args: readonly string[]): Promise<string> {
  const options = ['--json', '--fetch-retries=0', '--fetch-timeout=30000'];
  return new Promise((resolve) => {
    // It exits with 1 when it found something, and says what on stdout all the same.
    execFile('npm', [...args, ...options], { maxBuffer: 50_000_000 }, (_, stdout) => resolve(stdout));
  });
}

if (import.meta.main) {
  const verdicts = [
    judgeVulnerabilities(await npm('audit', '--omit=dev')),
    judgeSignatures(await npm('audit', 'signatures')),
  ];
  const failing = process.argv.includes('--require') ? ['failed', 'skipped'] : ['failed'];
  for (const { kind, line } of verdicts) console[kind === 'passed' ? 'log' : 'error'](line);
  if (verdicts.some(({ kind }) => failing.includes(kind))) process.exitCode = 1;
}
