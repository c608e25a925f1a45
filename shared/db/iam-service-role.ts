/** The service's role in RDS, which signs in with IAM tokens and has no password. */
import { escapeIdentifier } from 'pg';
import { ownerTransaction, refusedStep, withOwnerClient } from './owner-client.ts';
import { assertServiceRole, grantRights, type ServiceRoleOptions } from './service-role.ts';

/**
 * Creates the role if it is missing, and grants it the rights of service-role.sql and RDS's `rds_iam`, for the sign-in.
 * Throws an AppError `migration_failed`, `service_secret_invalid` or `database_unavailable`.
 */
export async function makeIamServiceRole(
  ownerUrl: string,
  role: string,
  { log }: Pick<ServiceRoleOptions, 'log'> = {},
): Promise<void> {
  assertServiceRole(role);
  await withOwnerClient(ownerUrl, async (owner) => {
    await grantRights(owner, role, { password: null, log });
    try {
      await ownerTransaction(owner, () => owner.query(`grant rds_iam to ${escapeIdentifier(role)}`));
    } catch (cause) {
      throw refusedStep(`The role ${role} could not be allowed to sign in with IAM`, cause);
    }
  });
}
