/** Names of the SQLSTATEs on which something is decided; error texts decide in refusals.ts alone. */
export const SQLSTATE = {
  protocolViolation: '08P01',
  featureNotSupported: '0A000',
  readOnlyTransaction: '25006',
  invalidAuthorization: '28000',
  invalidPassword: '28P01',
  invalidSchemaName: '3F000',
  serializationFailure: '40001',
  deadlockDetected: '40P01',
  insufficientPrivilege: '42501',
  undefinedColumn: '42703',
  undefinedTable: '42P01',
  lockNotAvailable: '55P03',
  adminShutdown: '57P01',
  crashShutdown: '57P02',
  internalError: 'XX000',
} as const;
