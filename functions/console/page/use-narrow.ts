import { useEffect, useState } from 'preact/hooks';

/** Whether the page is as narrow as on a phone; the stylesheet breaks at the same width. */
export function useNarrow(): boolean {
  const query = matchMedia('(max-width: 720px)');
  const [narrow, setNarrow] = useState(query.matches);
  useEffect(() => {
    const follow = () => setNarrow(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
  return narrow;
}
