/** Schemas and types of the API. The rest of the page imports them from here. */
export * from '../../answers/agents.ts';
export * from '../../answers/audit-report.ts';
export * from '../../answers/cleanup-report.ts';
export * from '../../answers/failure.ts';
export * from '../../answers/guards.ts';
export * from '../../answers/history.ts';
export * from '../../answers/sync-report.ts';
