import type { ComponentChildren } from 'preact';
import { type QueryState, useFailure, useServiceFailure } from '../data/queries.ts';
import { hintOf, type RequestError } from '../data/request-error.ts';
import type { Tone } from '../labels.ts';
import { href } from '../routing/route.ts';
import { CopyButton } from './copy-button.tsx';
import { Loading } from './loading.tsx';
import { Sentence } from './text.tsx';
import { Time } from './time.tsx';

interface NoticeProps {
  tone: Tone;
  title: ComponentChildren;
  /** When it happened. */
  at?: string | number | undefined;
  children?: ComponentChildren;
  onDismiss?: (() => void) | undefined;
}

/** A message above the view; screen readers announce it. */
export function Notice({ tone, title, at, children, onDismiss }: NoticeProps) {
  return (
    <section class={`notice ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <div>
        <h2>
          {title}
          {at !== undefined && (
            <small>
              {' '}
              <Time at={at} />
            </small>
          )}
        </h2>
        {children}
      </div>
      {onDismiss && (
        <button type="button" class="small quiet" onClick={onDismiss}>
          Dismiss
        </button>
      )}
    </section>
  );
}

interface FailureNoticeProps {
  error: RequestError;
  /** When it failed, or was started. */
  at: number;
  /** It was a request that only reads. */
  readOnly?: boolean;
  children?: ComponentChildren;
  onDismiss?: () => void;
}

/** A failed request; absent while `Connection` reports the same failure. */
export function FailureNotice(props: FailureNoticeProps) {
  const { error, at, readOnly = false, onDismiss } = props;
  if (useIsReported(error)) return null;
  if (error.status !== 0) return <Failure {...props} />;
  return (
    <Notice tone="warn" title="The last request got no response" at={at} onDismiss={onDismiss}>
      <p>
        The service could not be reached.
        {!readOnly && (
          <>
            {' '}
            <a href={href('runs')}>Runs</a> shows whether something was started.
          </>
        )}
      </p>
    </Notice>
  );
}

interface QueryNoticeProps {
  query: QueryState & { readonly data: unknown };
  /** What it loads. */
  what: string;
}

/**
 * Shows that a query is loading, or why it failed. A failure that `Connection` reports is retried, so it still counts
 * as loading.
 */
export function QueryNotice({ query, what }: QueryNoticeProps) {
  const error = useFailure(query)?.error ?? null;
  const isReported = useIsReported(error);
  if (error !== null && !isReported) return <FailureNotice error={error} at={query.errorUpdatedAt} readOnly />;
  return query.data === undefined ? <Loading what={what} /> : null;
}

/**
 * Whether `Connection` reports the failure: the service or its database cannot be reached, which affects every request.
 */
function useIsReported(error: RequestError | null): boolean {
  const reported = useServiceFailure()?.error;
  return error !== null && affectsEveryRequest(error) && error.details.code === reported?.details.code;
}

function affectsEveryRequest({ status }: RequestError): boolean {
  return status === 0 || status >= 503;
}

/** The report of `Connection` in a line, for a modal: everything behind a modal is inert. */
export function ConnectionLine() {
  const reported = useServiceFailure()?.error;
  if (reported === undefined || !affectsEveryRequest(reported)) return null;
  return (
    <p class="muted" role="status">
      <Sentence text={reported.message} /> The page keeps trying.
    </p>
  );
}

/** What failed, what to do next, and the id by which the log names the request. */
export function Failure({ error, at, children, onDismiss }: FailureNoticeProps) {
  const hint = hintOf(error.details);
  const { request_id } = error.details;
  return (
    <Notice tone="bad" title={<Sentence text={error.message} />} at={at} onDismiss={onDismiss}>
      {hint !== null && (
        <p>
          <Sentence text={hint} />
        </p>
      )}
      {error.status >= 500 && request_id !== null && (
        <p class="muted">
          Request <code>{request_id}</code> <CopyButton text={request_id} what="request id" />
        </p>
      )}
      {children}
    </Notice>
  );
}
