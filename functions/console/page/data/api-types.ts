/** Schemas and types of the API. The rest of the page imports them from here. */
export * from '../../../../shared/api/agents.ts';
export * from '../../../../shared/api/audit.ts';
export * from '../../../../shared/api/cleanup.ts';
export * from '../../../../shared/api/discrepancy.ts';
export * from '../../../../shared/api/error-response.ts';
export * from '../../../../shared/api/runs.ts';
export * from '../../../../shared/api/scheduled-sync.ts';
export * from '../../../../shared/api/settings.ts';
export * from '../../../../shared/api/sync.ts';
export * from '../../../../shared/api/sync-state.ts';
export * from '../../../../shared/api/undo.ts';
export * from '../../../../shared/api/webhook-events.ts';
