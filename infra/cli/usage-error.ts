/** A command line that cannot be run; the message is one line for people. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
