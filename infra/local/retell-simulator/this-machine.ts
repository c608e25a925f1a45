const THIS_MACHINE = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

/** Whether a Host header names this machine: a web page can point its own name at 127.0.0.1 (DNS rebinding). */
export function isThisMachine(host: string): boolean {
  return THIS_MACHINE.test(host);
}
