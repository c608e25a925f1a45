import { AuditResponse } from '../../../shared/api/audit.ts';
import { API } from '../../../shared/api/endpoints.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { failed, succeeded } from '../outcome.ts';
import { auditLines } from '../text/audit-text.ts';

export const audit: Command = {
  summary: 'Compare both sides now, and list every discrepancy and warning',
  description: 'Writes nothing to the interviewers.',
  positionals: [],
  options: [],
  examples: ['audit', 'audit --json'],
  async run(context) {
    const reply = await context.client.call(API.audit, AuditResponse);
    if (!reply.ok) return failed(reply, context);
    const { audit_report: report } = reply.value;
    const exit = report.summary.sync_discrepancies === 0 ? EXIT.ok : EXIT.outOfSync;
    return succeeded({ exit, lines: auditLines(report, context.paint), body: reply.body });
  },
};
