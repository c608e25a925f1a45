/** `POST /api/retell-webhook` */
import { webhookEndpoints } from '../../shared/api/webhook.ts';
import { LIMITS, METRICS } from '../../shared/contract.ts';
import { type AppError, apiError } from '../../shared/errors.ts';
import { lambdaHandler } from '../../shared/http/handler.ts';
import { route } from '../../shared/http/route.ts';
import { verifySignature } from '../../shared/retell/signature.ts';
import { type Services, services } from '../../shared/services.ts';
import { handleWebhook, tallyRefusal } from '../../shared/sync/webhooks.ts';

const SIGNATURE_HEADER = 'x-retell-signature';

export const handler = lambdaHandler<Services>({
  services,
  routes: [
    route(webhookEndpoints.webhook).to(async ({ rawBody, headers, services, remainingMs }) => {
      const deadline = performance.now() + Math.min(LIMITS.webhookMs, remainingMs());
      const keys = await services.webhookKeys();
      if (!(await verifySignature(rawBody, headers[SIGNATURE_HEADER], keys))) {
        services.metrics.record({ [METRICS.webhookRejected]: 1 });
        await tallyRefusal(services, headers[SIGNATURE_HEADER]);
        throw invalidSignature();
      }
      const remaining = () => deadline - performance.now();
      const limited = { ...services, database: services.database.within(remaining) };
      return { status: 200, body: await handleWebhook(limited, rawBody, remaining) };
    }),
  ],
});

/** The same message whatever is wrong, so that a forger learns nothing. */
function invalidSignature(): AppError {
  return apiError('invalid_signature', {
    message: 'The signature is missing or not valid.',
  });
}
