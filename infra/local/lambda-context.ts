import type { Context } from 'aws-lambda';

export interface LambdaContextOptions {
  readonly functionName: string;
  readonly requestId: string;
  /** Milliseconds from now. */
  readonly timeoutMs: number;
}

/** Milliseconds: the longest timeout of a Lambda. */
export const LAMBDA_MS = 900_000;

/** The context of one invocation; its remaining time decreases. */
export function lambdaContext({ functionName, requestId, timeoutMs }: LambdaContextOptions): Context {
  const end = performance.now() + timeoutMs;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${functionName}`,
    memoryLimitInMB: '512',
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, Math.round(end - performance.now())),
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}
