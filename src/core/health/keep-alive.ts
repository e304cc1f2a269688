/** How an idle link is kept alive and watched. Times in milliseconds. */
export type KeepAlive =
  | { readonly mode: 'adaptive'; readonly intervalMsMin?: number; readonly intervalMsMax?: number }
  | { readonly mode: 'fixed'; readonly intervalMs?: number; readonly timeoutMs?: number; readonly failures?: number }
  | { readonly mode: 'tcp'; readonly idleMs?: number; readonly intervalMs?: number; readonly probes?: number }
