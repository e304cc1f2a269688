/**
 * How a silent link is kept alive and tested (SPEC.md, section 8). Times are milliseconds.
 *
 * - `adaptive`: pings, the rarer the healthier the link is; from 5 s to 120 s apart by default.
 * - `fixed`: a ping every 60 s, which has 10 s to be answered; three in a row that are not are too many.
 * - `tcp`: the kernel's keep-alive alone: after 30 s of silence 3 probes, 10 s apart.
 */
export type KeepAlive =
  | { readonly mode: 'adaptive'; readonly intervalMsMin?: number; readonly intervalMsMax?: number }
  | { readonly mode: 'fixed'; readonly intervalMs?: number; readonly timeoutMs?: number; readonly failures?: number }
  | { readonly mode: 'tcp'; readonly idleMs?: number; readonly intervalMs?: number; readonly probes?: number }
