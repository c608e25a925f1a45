/** CloudFormation's side of a custom resource. */
import * as v from 'valibot';

const DeploymentEvent = v.object({
  RequestType: v.picklist(['Create', 'Update', 'Delete']),
  ResponseURL: v.pipe(v.string(), v.url()),
  StackId: v.string(),
  RequestId: v.string(),
  LogicalResourceId: v.string(),
});
export type DeploymentEvent = v.InferOutput<typeof DeploymentEvent>;

/** What CloudFormation is told; `reason` is what the person who deploys reads. */
export type DeploymentOutcome =
  | { readonly status: 'SUCCESS'; readonly data: Readonly<Record<string, string>> }
  | { readonly status: 'FAILED'; readonly reason: string };

/** CloudFormation refuses an answer of more than 4 KB. */
const MAX_REASON = 1_000;

/** null: not an event of CloudFormation's. */
export function parseDeploymentEvent(event: unknown): DeploymentEvent | null {
  const parsed = v.safeParse(DeploymentEvent, event);
  return parsed.success ? parsed.output : null;
}

/** Without an answer the deployment would hang until its time limit. Throws when the answer does not arrive. */
export async function answerDeployment(event: DeploymentEvent, outcome: DeploymentOutcome): Promise<void> {
  const { StackId, RequestId, LogicalResourceId } = event;
  const told =
    outcome.status === 'SUCCESS'
      ? { Status: outcome.status, Data: outcome.data }
      : { Status: outcome.status, Reason: outcome.reason.slice(0, MAX_REASON) };
  const response = await fetch(event.ResponseURL, {
    method: 'PUT',
    // CloudFormation signed the URL without a content type.
    headers: { 'content-type': '' },
    body: JSON.stringify({ ...told, PhysicalResourceId: 'migrations', StackId, RequestId, LogicalResourceId }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`CloudFormation did not take the answer: ${response.status}`);
}
