/** `1 agent`, `2 agents`; `plural` where an "s" does not make it. */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${value} ${value === 1 ? noun : plural}`;
}
