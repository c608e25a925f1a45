/** What the service filters the history by. */
export type RunFilter = Readonly<Partial<Record<'kind' | 'status' | 'changed', string>>>;
