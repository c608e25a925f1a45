export interface Progress {
  readonly report: (what: string) => void;
  readonly end: () => void;
}

/** Prints a line to stderr: what is being measured, and the time since the start of the bench. */
export function createProgress(): Progress {
  const began = performance.now();
  const terminal = process.stderr.isTTY;
  return {
    report(what) {
      const line = `${Math.round((performance.now() - began) / 1000)} s  ${what}`;
      process.stderr.write(terminal ? `\r\u001B[K${line}` : `${line}\n`);
    },
    end() {
      if (terminal) process.stderr.write('\r\u001B[K');
    },
  };
}
