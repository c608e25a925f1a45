/** The account's plan, from AWS's Free Tier API. */
import { AwsClient } from 'aws4fetch';
import * as v from 'valibot';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** The service has one endpoint for all regions. */
const ENDPOINT = 'https://freetier.us-east-1.api.aws';
const TIMEOUT_MS = 5_000;
const AccountPlanState = v.object({ accountPlanType: v.picklist(['FREE', 'PAID']) });

/** @throws when the service cannot be reached, or refuses */
export async function readAccountPlan(
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
  endpoint = ENDPOINT,
): Promise<'FREE' | 'PAID'> {
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    service: 'freetier',
    region: 'us-east-1',
    retries: 0,
  });
  const response = await client.fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AWSFreeTierService.GetAccountPlanState',
    },
    body: '{}',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`GetAccountPlanState: status ${response.status}`);
  return v.parse(AccountPlanState, await response.json()).accountPlanType;
}
