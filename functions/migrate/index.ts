/** Brings the database and the service's role up to date: a custom resource of the deployment, or invoked by hand with any other event. */
import { applyMigrations } from '../../shared/aws/apply-migrations.ts';
import {
  type DeploymentEvent,
  type DeploymentOutcome,
  parseDeploymentEvent,
  respondToDeployment,
} from '../../shared/aws/deployment-event.ts';
import { AppError } from '../../shared/errors.ts';

/** @throws what `applyMigrations` throws, unless CloudFormation invoked it: then the response says so */
export async function handler(event: unknown): Promise<unknown> {
  const deployment = parseDeploymentEvent(event);
  if (deployment === null) return { applied: await applyMigrations() };
  return respondToDeployment(deployment, await outcomeOf(deployment));
}

async function outcomeOf({ RequestType }: DeploymentEvent): Promise<DeploymentOutcome> {
  // Stacks retain the resource, and so never send this. The rows are not the stack's.
  if (RequestType === 'Delete') return { status: 'SUCCESS', data: {} };
  try {
    const applied = await applyMigrations();
    return { status: 'SUCCESS', data: { applied: applied.join(', ') } };
  } catch (error) {
    return { status: 'FAILED', reason: reasonOf(error) };
  }
}

/** What is not ours to show is only in the log. */
function reasonOf(error: unknown): string {
  return error instanceof AppError
    ? `${error.message} ${error.hint}`
    : "The migrations failed unexpectedly; the migration function's log has the cause.";
}
