/** Brings the database and the service's role up to date: a custom resource of the deployment, or invoked by hand with any other event. */
import { applyMigrations } from '../../shared/aws/apply-migrations.ts';
import {
  answerDeployment,
  type DeploymentEvent,
  type DeploymentOutcome,
  parseDeploymentEvent,
} from '../../shared/aws/deployment-event.ts';
import { AppError } from '../../shared/errors.ts';

/** @throws what `applyMigrations` throws, unless CloudFormation invoked the function: then the result says so */
export async function handler(event: unknown): Promise<unknown> {
  const deployment = parseDeploymentEvent(event);
  if (deployment === null) return { applied: await applyMigrations() };
  return answerDeployment(deployment, await outcomeOf(deployment));
}

async function outcomeOf({ RequestType }: DeploymentEvent): Promise<DeploymentOutcome> {
  // Deleting the stack keeps the tables: their rows are not part of it.
  if (RequestType === 'Delete') return { status: 'SUCCESS', data: {} };
  try {
    const applied = await applyMigrations();
    return { status: 'SUCCESS', data: { applied: applied.join(', ') } };
  } catch (error) {
    return { status: 'FAILED', reason: reasonOf(error) };
  }
}

/** Unexpected errors may hold secrets, so only the log has them. */
function reasonOf(error: unknown): string {
  return error instanceof AppError
    ? `${error.message} ${error.hint}`
    : "The migrations failed unexpectedly; the migration function's log has the cause.";
}
