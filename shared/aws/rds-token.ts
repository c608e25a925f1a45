/** IAM tokens in place of a password for RDS. Loaded only where a function signs in with them. */
import { Signer } from '@aws-sdk/rds-signer';

export interface RdsUser {
  readonly hostname: string;
  readonly port: number;
  readonly username: string;
}

/**
 * Creates a token, which is needed only while a connection is opened and lasts for fifteen minutes. It is signed
 * locally, with the credentials of the environment, without a request.
 */
export function signToken(user: RdsUser): Promise<string> {
  return new Signer(user).getAuthToken();
}
