// Figures for people.

/** `42 ms`, `1.25 s`. */
export function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(2)} s`
}

/** `512 B`, `3.4 KB`, `149.7 MB`, in powers of ten. */
export function bytes(count: number): string {
  if (count < 1_000) return `${Math.round(count)} B`
  if (count < 1e6) return `${(count / 1e3).toFixed(1)} KB`
  if (count < 1e9) return `${(count / 1e6).toFixed(1)} MB`
  return `${(count / 1e9).toFixed(2)} GB`
}

/** `1 byte`, `2 bytes`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`
}
