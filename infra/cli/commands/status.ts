import { API } from '../../../shared/api/endpoints.ts';
import { StatusResponse } from '../../../shared/api/scheduled-sync.ts';
import type { Command } from '../command.ts';
import { STATE_EXIT } from '../exit-codes.ts';
import { failed, succeeded } from '../outcome.ts';
import { statusLines } from '../text/status-text.ts';

export const status: Command = {
  summary: 'Show whether both sides are in sync, without a request to Retell',
  positionals: [],
  options: [],
  examples: ['status', 'status --json'],
  async run(context) {
    const reply = await context.client.call(API.status, StatusResponse, { query: { action: 'status' } });
    if (!reply.ok) return failed(reply, context);
    const { status: found } = reply.value;
    const isWaiting = found.state === 'needs_confirmation';
    const next = `Show what waits, and the command that confirms it: ${context.commandLine('diff')}`;
    const lines = [...statusLines(found, context.paint, context.now), ...(isWaiting ? ['', next] : [])];
    return succeeded({ exit: STATE_EXIT[found.state], lines, body: reply.body });
  },
};
