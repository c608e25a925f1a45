/** What the simulator answers before it is put on the wire. */
export interface Reply {
  readonly status: number;
  /** Sent as JSON; undefined: no body at all. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface SimulatedRequest {
  readonly method: string;
  /** As sent, without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Parsed when it is JSON, else the text; undefined: none. */
  readonly body: unknown;
  /** Epoch ms. */
  readonly at: number;
}

/** Retell's errors all look like this. */
export function refusal(status: number, message: string): Reply {
  return { status, body: { status: 'error', message } };
}
