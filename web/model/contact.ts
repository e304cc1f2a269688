/**
 * How the page stands with its daemon. Moments are milliseconds since 1970 by the browser's clock.
 *
 *     opening ──answers──▶ live ──fails──▶ cut-off ──answers──▶ live
 *        └──fails──▶ cut-off                  │  ▲
 *                                             └──┘ fails again: a longer wait
 *     any ──401──▶ no-token ──a token is given──▶ opening
 *     any ──another version──▶ outdated
 */
export type Contact =
  | { readonly kind: 'opening' }
  | { readonly kind: 'live' }
  /** `retryAtMs` is past while a try is under way. */
  | { readonly kind: 'cut-off'; readonly sinceMs: number; readonly retryAtMs: number }
  | { readonly kind: 'no-token'; readonly wasRefused: boolean }
  /** The daemon is of this version, the page is of another one. */
  | { readonly kind: 'outdated'; readonly version: string }

const RETRY_MS_MIN = 1_000
const RETRY_MS_MAX = 10_000

/** How long to wait after so many failures in a row. The daemon is near: a try costs nothing, and a restart takes a second. */
export function retryAfterMs(failures: number): number {
  return Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 1.5 ** (failures - 1))
}
