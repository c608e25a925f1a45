/** CloudFormation's side of a custom resource. */
import * as v from 'valibot';

/** CloudFormation takes the response at a presigned URL of its own bucket in the region. */
const RESPONSE_HOST = /^cloudformation-custom-resource-response-[a-z0-9]+\.s3([.-][a-z0-9-]+)?\.amazonaws\.com(\.cn)?$/;

const DeploymentEvent = v.object({
  RequestType: v.picklist(['Create', 'Update', 'Delete']),
  ResponseURL: v.pipe(v.string(), v.check(isResponseUrl, 'must be a URL of CloudFormation')),
  StackId: v.string(),
  RequestId: v.string(),
  LogicalResourceId: v.string(),
});
export type DeploymentEvent = v.InferOutput<typeof DeploymentEvent>;

/** What CloudFormation gets; `reason` is what the person who deploys reads. */
export type DeploymentOutcome =
  | { readonly status: 'SUCCESS'; readonly data: Readonly<Record<string, string>> }
  | { readonly status: 'FAILED'; readonly reason: string };

/** CloudFormation refuses a response of more than 4 KB. */
const MAX_REASON = 1_000;

/**
 * null: not an event of CloudFormation's.
 * @throws for one whose response would go to another host, which could read the names of the stack and its failure
 */
export function parseDeploymentEvent(event: unknown): DeploymentEvent | null {
  if (!v.is(v.object({ ResponseURL: v.unknown() }), event)) return null;
  return v.parse(DeploymentEvent, event);
}

function isResponseUrl(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'https:' && url.port === '' && RESPONSE_HOST.test(url.hostname);
}

/** Without a response the deployment would hang until its time limit. Throws when it does not arrive. */
export async function respondToDeployment(event: DeploymentEvent, outcome: DeploymentOutcome): Promise<void> {
  const { StackId, RequestId, LogicalResourceId } = event;
  const result =
    outcome.status === 'SUCCESS'
      ? { Status: outcome.status, Data: outcome.data }
      : { Status: outcome.status, Reason: outcome.reason.slice(0, MAX_REASON) };
  const response = await fetch(event.ResponseURL, {
    method: 'PUT',
    // CloudFormation signed the URL without a content type.
    headers: { 'content-type': '' },
    body: JSON.stringify({ ...result, PhysicalResourceId: 'migrations', StackId, RequestId, LogicalResourceId }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`CloudFormation did not accept the response: ${response.status}`);
}
