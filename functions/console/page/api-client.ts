/** One call to the service: its answer is parsed, and every failure is a value. */
import * as v from 'valibot';
import { ErrorResponse as FailureAnswer } from '../../../shared/api/error-response.ts';
import { readToken } from './session-token.ts';

export interface Failure {
  /** 0: there was no answer. */
  readonly status: number;
  readonly code: string;
  readonly error: string;
  readonly hint: string;
  /** Finds the log entries; null: there was no answer of the service. */
  readonly request_id: string | null;
  /** The whole answer, for the fields that some failures carry. */
  readonly answer: unknown;
}

export type Asked<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: Failure };

type Schema<Value> = v.GenericSchema<unknown, Value>;

export function get<Value>(path: string, schema: Schema<Value>): Promise<Asked<Value>> {
  return ask('GET', path, schema);
}

export function post<Value>(path: string, schema: Schema<Value>, body: object): Promise<Asked<Value>> {
  return ask('POST', path, schema, body);
}

async function ask<Value>(method: string, path: string, schema: Schema<Value>, body?: object): Promise<Asked<Value>> {
  const token = readToken();
  const headers = {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  try {
    const response = await fetch(path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json().catch(() => null);
    return response.ok ? understood(schema, response.status, answer) : refused(response.status, answer);
  } catch {
    return failed(0, 'unreachable', 'The service cannot be reached.', 'The page tries again by itself.', null);
  }
}

function understood<Value>(schema: Schema<Value>, status: number, answer: unknown): Asked<Value> {
  const parsed = v.safeParse(schema, answer);
  if (parsed.success) return { ok: true, value: parsed.output };
  const where = v.getDotPath(parsed.issues[0]) ?? 'the answer';
  return failed(
    status,
    'not_understood',
    `This page does not understand ${where} in the service's answer.`,
    'Load the page again: it may be older than the service.',
    answer,
  );
}

function refused(status: number, answer: unknown): Asked<never> {
  const parsed = v.safeParse(FailureAnswer, answer);
  if (parsed.success) {
    return { ok: false, failure: { ...parsed.output, status, answer } };
  }
  // API Gateway gives up after 30 s, while the Lambda behind it goes on.
  const hint = 'What was begun may still be going on: look at the runs.';
  return failed(status, 'no_answer', `The service did not answer in time (${status}).`, hint, answer);
}

function failed(status: number, code: string, error: string, hint: string, answer: unknown): Asked<never> {
  return { ok: false, failure: { status, code, error, hint, request_id: null, answer } };
}
