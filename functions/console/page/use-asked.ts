import { useEffect, useState } from 'preact/hooks';
import type { Asked } from './ask.ts';

/** Asks once for each `key`; null until there is an answer. */
export function useAsked<Value>(key: string, ask: () => Promise<Asked<Value>>): Asked<Value> | null {
  const [asked, setAsked] = useState<Asked<Value> | null>(null);
  useEffect(() => {
    let current = true;
    setAsked(null);
    void ask().then((answer) => {
      if (current) setAsked(answer);
    });
    return () => {
      current = false;
    };
    // `ask` is made anew with each rendering; `key` says when it asks for something else.
  }, [key]);
  return asked;
}
