import { useMutation } from '@tanstack/preact-query';
import { type Cell, csv } from './csv.ts';
import { download } from './download.ts';

/** Name and value of each column. */
export type CsvColumns<Item> = Readonly<Record<string, (item: Item) => Cell>>;

interface CsvButtonProps<Item> {
  file: string;
  /** The whole list, which may have to be loaded. */
  items: () => Promise<readonly Item[]>;
  columns: CsvColumns<Item>;
}

/** Downloads a list as CSV. */
export function CsvButton<Item>({ file, items, columns }: CsvButtonProps<Item>) {
  const { mutate, error, isPending } = useMutation({
    mutationFn: items,
    onSuccess: (loaded) => {
      const rows = loaded.map((item) => Object.values(columns).map((valueOf) => valueOf(item)));
      download(file, 'text/csv', csv(Object.keys(columns), rows));
    },
  });
  return (
    <>
      {error !== null && <span role="alert">{error.message}</span>}
      <button type="button" class="small quiet" aria-busy={isPending} disabled={isPending} onClick={() => mutate()}>
        Download CSV
      </button>
    </>
  );
}
