/** The result of something that can fail without throwing. `reason` is for people. */
export type Result<Value, Failure extends object = object> =
  | { readonly ok: true; readonly value: Value }
  | ({ readonly ok: false; readonly reason: string } & Failure);
