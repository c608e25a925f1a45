/** What `npm audit` said: passed, failed, or that nobody could be asked. */
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
