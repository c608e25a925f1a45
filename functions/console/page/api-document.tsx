import { useQuery } from '@tanstack/preact-query';
import type { OpenApiDocument } from './data/client.ts';
import { openApi } from './data/queries.ts';
import { Drawers } from './drawers.tsx';
import { download } from './ui/download.ts';
import { QueryNotice } from './ui/notice.tsx';
import { Panel } from './ui/panel.tsx';

const NONE: readonly string[] = [];

/** The OpenAPI document, to read and to download. */
export function ApiDocument() {
  const query = useQuery(openApi);
  const { data } = query;
  const save = data !== undefined && (
    <button type="button" onClick={() => download('openapi.json', 'application/json', JSON.stringify(data, null, 2))}>
      Download openapi.json
    </button>
  );
  return (
    <>
      <Panel
        title="API"
        main
        about="Everything on this page is also an endpoint. The document describes them all."
        actions={save}
      >
        <QueryNotice query={query} what="the OpenAPI document" />
        {data !== undefined && <Endpoints document={data} />}
      </Panel>
      <Drawers kind="agent" ids={NONE} />
    </>
  );
}

function Endpoints({ document }: { document: OpenApiDocument }) {
  const endpoints = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  return (
    <ul class="items endpoints">
      {endpoints.map(({ path, method, operation: { summary, description } }) => (
        <li key={`${method} ${path}`}>
          <code>
            <span class={`method ${method.toLowerCase()}`}>{method}</span> {path}
          </code>
          <div>
            <p>{summary}</p>
            {description !== undefined && <p class="muted">{withCode(description)}</p>}
          </div>
        </li>
      ))}
    </ul>
  );
}

/** Descriptions use no other Markdown. */
function withCode(text: string) {
  return text.split('`').map((part, index) => (index % 2 === 1 ? <code key={part}>{part}</code> : part));
}
