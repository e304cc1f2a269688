/** Calls back when this turn of the event loop has settled: after all ticks and promises that it leads to. */
export function atEndOfTurn(callback: () => void): void {
  queueMicrotask(() => process.nextTick(callback))
}
