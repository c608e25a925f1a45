// A minimal Lambda runtime: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT, AWS_LAMBDA_FUNCTION_NAME, _HANDLER } = process.env;
const api = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const post = (path, body) => fetch(`${api}/${path}`, { method: 'POST', body: JSON.stringify(body) ?? '' });
const toError = ({ name, message, stack }) => ({ errorType: name, errorMessage: message, trace: stack?.split('\n') });

const [file, name] = _HANDLER.split('.');
const { [name]: handler } = await import(pathToFileURL(join(LAMBDA_TASK_ROOT, `${file}.js`))).catch(async (error) => {
  await post('init/error', toError(error));
  throw error;
});

for (;;) {
  const next = await fetch(`${api}/invocation/next`);
  const event = await next.json();
  const id = next.headers.get('lambda-runtime-aws-request-id');
  const deadline = Number(next.headers.get('lambda-runtime-deadline-ms'));
  const context = {
    awsRequestId: id,
    functionName: AWS_LAMBDA_FUNCTION_NAME,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  try {
    await post(`invocation/${id}/response`, await handler(event, context));
  } catch (error) {
    await post(`invocation/${id}/error`, toError(error));
  }
}
