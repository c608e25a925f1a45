/** Names of the SQLSTATEs on which something is decided; error texts never are. */
export const SQLSTATE = {
  protocolViolation: '08P01',
  readOnlyTransaction: '25006',
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
} as const;
