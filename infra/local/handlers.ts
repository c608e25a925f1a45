/** The handler of each Lambda, by the name of its folder. */
import { handler as audit } from '../../functions/audit/index.ts';
import { handler as cleanup } from '../../functions/cleanup/index.ts';
import { handler as consolePage } from '../../functions/console/index.ts';
import { handler as scheduledSync } from '../../functions/scheduled-sync/index.ts';
import { handler as sync } from '../../functions/sync/index.ts';
import { handler as webhook } from '../../functions/webhook/index.ts';
import type { HttpFunctionName } from '../../shared/api/endpoint.ts';
import type { LambdaHandler } from '../../shared/http/handler.ts';

export const HANDLERS = {
  sync,
  audit,
  cleanup,
  webhook,
  'scheduled-sync': scheduledSync,
  console: consolePage,
} satisfies Readonly<Record<HttpFunctionName, LambdaHandler>>;
