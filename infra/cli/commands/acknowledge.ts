import { AcknowledgeBody, AcknowledgeReport } from '../../../shared/api/cleanup.ts';
import { API } from '../../../shared/api/endpoints.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { fieldsOf, optionsOf } from '../options.ts';
import { failed, succeeded } from '../outcome.ts';
import { acknowledgeLines } from '../text/acknowledge-text.ts';

const OPTIONS = optionsOf(AcknowledgeBody, { without: ['action', 'agent_ids'] });

export const acknowledge: Command = {
  summary: 'Close conflicts of names: both sides keep the name in Retell',
  description:
    '`status` lists the open conflicts. To have the name of the database instead, undo the run that it names.',
  positionals: [{ name: 'agent_id', required: true, many: true }],
  options: OPTIONS,
  examples: ['acknowledge agent_1f0c6a9d84e2b7350d91c4f8a2'],
  async run(context, { positionals, options }) {
    const body = { action: 'acknowledge', agent_ids: positionals, ...fieldsOf(OPTIONS, options) };
    const reply = await context.client.call(API.cleanup, AcknowledgeReport, { body });
    if (!reply.ok) return failed(reply, context);
    const isMissing = reply.value.acknowledged.some(({ outcome }) => outcome === 'not_found');
    const lines = acknowledgeLines(reply.value, context.paint);
    return succeeded({ exit: isMissing ? EXIT.failed : EXIT.ok, lines, body: reply.body });
  },
};
