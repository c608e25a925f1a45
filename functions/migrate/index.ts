/**
 * Brings the database and the service's role up to date: a custom resource of the deployment, or invoked by hand with any
 * other event.
 */
import { applyMigrations } from '../../shared/aws/apply-migrations.ts';
import {
  type DeploymentEvent,
  type DeploymentResult,
  parseDeploymentEvent,
  respondToDeployment,
} from '../../shared/aws/deployment-event.ts';
import { AppError } from '../../shared/errors.ts';

/** @throws what `applyMigrations` throws, unless CloudFormation invoked it: then the response says so */
export async function handler(event: unknown): Promise<unknown> {
  const deployment = parseDeploymentEvent(event);
  if (deployment === null) return { applied: await applyMigrations() };
  return respondToDeployment(deployment, await resultOf(deployment));
}

async function resultOf({ RequestType }: DeploymentEvent): Promise<DeploymentResult> {
  // Stacks retain the resource and so never send this: the tables outlive the stack.
  if (RequestType === 'Delete') return { status: 'SUCCESS', data: {} };
  try {
    const applied = await applyMigrations();
    return { status: 'SUCCESS', data: { applied: applied.join(', ') } };
  } catch (error) {
    return { status: 'FAILED', reason: reasonOf(error) };
  }
}

/** Only an AppError's text is shown; any other is only in the log. */
function reasonOf(error: unknown): string {
  return error instanceof AppError
    ? `${error.message} ${error.hint}`
    : "The migrations failed unexpectedly; the migration function's log has the cause.";
}
