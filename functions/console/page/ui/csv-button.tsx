import { type Cell, csv } from './csv.ts';
import { download } from './download.ts';

/** Name and value of each column. */
export type CsvColumns<Item> = Readonly<Record<string, (item: Item) => Cell>>;

interface CsvButtonProps<Item> {
  file: string;
  items: readonly Item[];
  columns: CsvColumns<Item>;
}

/** Downloads a list as CSV. */
export function CsvButton<Item>({ file, items, columns }: CsvButtonProps<Item>) {
  const save = () => {
    const rows = items.map((item) => Object.values(columns).map((valueOf) => valueOf(item)));
    download(file, 'text/csv', csv(Object.keys(columns), rows));
  };
  return (
    <button type="button" class="small quiet" disabled={items.length === 0} onClick={save}>
      Download CSV
    </button>
  );
}
