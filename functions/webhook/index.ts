/** `POST /api/retell-webhook` */
import { LIMITS, METRICS } from '../../shared/contract.ts';
import { AppError } from '../../shared/errors.ts';
import { endpoint } from '../../shared/http/endpoint.ts';
import { lambdaHandler } from '../../shared/http/handler.ts';
import { verifySignature } from '../../shared/retell/signature.ts';
import { type Services, services } from '../../shared/services.ts';
import { handleWebhook } from '../../shared/sync/handle-webhook.ts';

const SIGNATURE_HEADER = 'x-retell-signature';

export const handler = lambdaHandler<Services>({
  services,
  routes: {
    'POST /api/retell-webhook': endpoint({
      async respond({ request, log }, services) {
        const deadline = performance.now() + Math.min(LIMITS.webhookMs, request.remainingMs());
        const keys = await services.webhookKeys();
        if (!(await verifySignature(request.raw_body, request.headers[SIGNATURE_HEADER], keys))) {
          services.metrics.record({ [METRICS.webhookRejected]: 1 });
          throw invalidSignature();
        }
        const remainingMs = () => deadline - performance.now();
        const limited = { ...services, log, database: services.database.within(remainingMs) };
        return { status: 200, body: await handleWebhook(limited, request.raw_body, remainingMs) };
      },
    }),
  },
});

/** The same words whatever is wrong, so that they teach a forger nothing. */
function invalidSignature(): AppError {
  return new AppError(
    401,
    'invalid_signature',
    'The signature is missing or not valid.',
    'Sign the raw body as Retell does, with a key of RETELL_WEBHOOK_SECRET, not longer than five minutes ago.',
  );
}
