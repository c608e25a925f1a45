import { useEffect, useState } from 'preact/hooks';
import type { Asked } from './api-client.ts';

/** Asks once for each `key`; null until there is an answer. */
export function useAsked<Value>(key: string, ask: () => Promise<Asked<Value>>): Asked<Value> | null {
  const [asked, setAsked] = useState<Asked<Value> | null>(null);
  useEffect(() => {
    let current = true;
    setAsked(null);
    const settle = async () => {
      const answer = await ask();
      if (current) setAsked(answer);
    };
    void settle();
    return () => {
      current = false;
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `ask` is made anew with each rendering; `key` says when it asks for something else
  }, [key]);
  return asked;
}
