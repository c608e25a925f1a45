import { useEffect, useState } from 'preact/hooks';

const SHOWN_MS = 2_000;

/** Copies `text`. Absent on insecure pages, where browsers have no clipboard. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  if (!isSecureContext) return null;
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <button type="button" class="copy" aria-label={`Copy ${what}`} title={`Copy ${what}`} onClick={() => void copy()}>
      <span role="status">{copied ? 'Copied' : ''}</span>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d={copied ? 'M3.500 8.500 6.500 11.500 12.500 4.800' : 'M5.500 5.500h7v8h-7zM3.500 10.500v-8h7'} />
      </svg>
    </button>
  );
}
