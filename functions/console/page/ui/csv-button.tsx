import { useMutation } from '@tanstack/preact-query';
import { type Cell, csv } from './csv.ts';
import { download } from './download.ts';
import { FailureNotice } from './notice.tsx';

/** Name and value of each column. */
export type CsvColumns<Item> = Readonly<Record<string, (item: Item) => Cell>>;

interface CsvButtonProps<Item> {
  file: string;
  /** The whole list, which may have to be loaded. */
  items: () => Promise<readonly Item[]>;
  /** There is nothing to download. */
  isEmpty: boolean;
  columns: CsvColumns<Item>;
}

/** Downloads a list as CSV. */
export function CsvButton<Item>({ file, items, isEmpty, columns }: CsvButtonProps<Item>) {
  const { mutate, error, isPending, submittedAt, reset } = useMutation({
    mutationFn: items,
    onSuccess: (loaded) => {
      const rows = loaded.map((item) => Object.values(columns).map((valueOf) => valueOf(item)));
      download(file, 'text/csv', csv(Object.keys(columns), rows));
    },
  });
  return (
    <>
      {error !== null && <FailureNotice error={error} at={submittedAt} readOnly onDismiss={reset} />}
      <button
        type="button"
        class="small quiet"
        aria-busy={isPending}
        disabled={isPending || isEmpty}
        onClick={() => mutate()}
      >
        Download CSV
      </button>
    </>
  );
}
