import * as v from 'valibot';
import { get } from './api-client.ts';
import { Loading } from './loading.tsx';
import { FailureNotice } from './notice.tsx';
import { useAsked } from './use-api.ts';

const Document = v.looseObject({
  openapi: v.string(),
  info: v.object({ summary: v.string() }),
  paths: v.record(
    v.string(),
    v.record(v.string(), v.object({ summary: v.string(), description: v.optional(v.string()) })),
  ),
});
type Document = v.InferOutput<typeof Document>;

/** The OpenAPI document: to read through, and to take away. */
export function ApiDocument() {
  const asked = useAsked('openapi', () => get('/api/openapi.json', Document));
  return (
    <section class="panel" aria-labelledby="api">
      <header class="panel-head">
        <div>
          <h1 id="api">API</h1>
          <p class="muted">Everything on this page is also an endpoint. The document describes them all.</p>
        </div>
        {asked?.ok && (
          <button type="button" class="button primary" onClick={() => download(asked.value)}>
            Download openapi.json
          </button>
        )}
      </header>
      {asked === null && <Loading what="the OpenAPI document" />}
      {asked?.ok === false && <FailureNotice failure={asked.failure} />}
      {asked?.ok && <Endpoints document={asked.value} />}
    </section>
  );
}

function Endpoints({ document }: { document: Document }) {
  const endpoints = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  return (
    <ul class="endpoints">
      {endpoints.map(({ path, method, operation: { summary, description } }) => (
        <li key={`${method} ${path}`}>
          <code>
            <span class={`method ${method.toLowerCase()}`}>{method}</span> {path}
          </code>
          <div>
            <p>{summary}</p>
            {description !== undefined && <p class="muted fine">{withCode(description)}</p>}
          </div>
        </li>
      ))}
    </ul>
  );
}

/** The one bit of Markdown that descriptions hold. */
function withCode(text: string) {
  return text.split('`').map((part, index) => (index % 2 === 1 ? <code key={part}>{part}</code> : part));
}

function download(openapi: Document): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(openapi, null, 2)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'openapi.json';
  link.click();
  URL.revokeObjectURL(url);
}
