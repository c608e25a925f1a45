/**
 * About the most that one list of an answer may weigh: the ten of a sync report, an audit's three and what is held back then
 * fit together into the 6 MB that a Lambda may answer, even escaped.
 */
const LIST_BYTES = 350_000;

/** What an answer shows of a list: at most `limit` entries, fewer when they are huge, but never none of them. */
export function cutList<Entry>(list: readonly Entry[], limit: number): readonly Entry[] {
  let bytes = 0;
  const end = list.slice(0, limit).findIndex((entry) => {
    bytes += Buffer.byteLength(JSON.stringify(entry));
    return bytes > LIST_BYTES;
  });
  return list.slice(0, end === -1 ? limit : Math.max(1, end));
}
