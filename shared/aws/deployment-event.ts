/** CloudFormation's protocol for a custom resource. */
import * as v from 'valibot';

/** CloudFormation receives the response at a presigned URL of its own bucket in the region. */
const RESPONSE_HOST = /^cloudformation-custom-resource-response-[a-z0-9]+\.s3([.-][a-z0-9-]+)?\.amazonaws\.com(\.cn)?$/;

const DeploymentEvent = v.object({
  RequestType: v.picklist(['Create', 'Update', 'Delete']),
  ResponseURL: v.pipe(v.string(), v.check(isResponseUrl, 'must be a URL of CloudFormation')),
  StackId: v.string(),
  RequestId: v.string(),
  LogicalResourceId: v.string(),
});
export type DeploymentEvent = v.InferOutput<typeof DeploymentEvent>;

/** The result that CloudFormation receives; `reason` is for the person who deploys. */
export type DeploymentResult =
  | { readonly status: 'SUCCESS'; readonly data: Readonly<Record<string, string>> }
  | { readonly status: 'FAILED'; readonly reason: string };

/** CloudFormation refuses a response of more than 4 KB. */
const MAX_REASON = 1_000;

/**
 * null: not an event from CloudFormation.
 * @throws if the response would go to another host, which could read the names of the stack and its failure
 */
export function parseDeploymentEvent(event: unknown): DeploymentEvent | null {
  if (!v.is(v.object({ ResponseURL: v.unknown() }), event)) return null;
  return v.parse(DeploymentEvent, event);
}

function isResponseUrl(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'https:' && url.port === '' && RESPONSE_HOST.test(url.hostname);
}

/** Without a response the deployment would hang until its time limit. Throws if the response cannot be delivered. */
export async function respondToDeployment(event: DeploymentEvent, result: DeploymentResult): Promise<void> {
  const { StackId, RequestId, LogicalResourceId } = event;
  const status =
    result.status === 'SUCCESS'
      ? { Status: result.status, Data: result.data }
      : { Status: result.status, Reason: result.reason.slice(0, MAX_REASON) };
  const response = await fetch(event.ResponseURL, {
    method: 'PUT',
    // The URL is signed without a content type.
    headers: { 'content-type': '' },
    body: JSON.stringify({ ...status, PhysicalResourceId: 'migrations', StackId, RequestId, LogicalResourceId }),
    // A redirect could lead to another host than the checked one.
    redirect: 'error',
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`CloudFormation did not accept the response: status ${response.status}`);
}
