/** What the way between two hosts of a simulated network is like. The same in both directions, for each channel. */
export interface NetworkConditions {
  /** One way, in milliseconds. Default 20. A dial takes four ways, as TCP and TLS 1.3 do. */
  readonly latencyMs: number
  /** Added to the latency of each batch of bytes, drawn evenly from 0 to this. The order within a channel is kept. Default 0. */
  readonly jitterMs: number
  /** How many bytes pass in a millisecond; fractions make a slow drip. Default: without limit. */
  readonly bytesPerMs: number
  /** What the kernels at both ends hold of one direction of a channel together; beyond it `write` answers false. Default 256 KiB. */
  readonly bufferBytes: number
  /** What becomes of a dial: it comes through, is refused after one round trip, or is never answered. Default `pass`. */
  readonly dials: 'pass' | 'refuse' | 'hang'
  /** What is dialed goes over a relay, as far as its two ends know. Default false. */
  readonly isRelayed: boolean
}

export const defaultConditions: NetworkConditions = {
  latencyMs: 20,
  jitterMs: 0,
  bytesPerMs: Infinity,
  bufferBytes: 256 * 1024,
  dials: 'pass',
  isRelayed: false,
}

/** `before` with the given fields changed. Throws `RangeError` on what no network can be like. */
export function changedConditions(before: NetworkConditions, change: Partial<NetworkConditions>): NetworkConditions {
  const after = { ...before, ...change }
  for (const name of ['latencyMs', 'jitterMs'] as const) {
    if (!(after[name] >= 0 && after[name] < Infinity)) throw new RangeError(`${name} cannot be ${after[name]}`)
  }
  for (const name of ['bytesPerMs', 'bufferBytes'] as const) {
    if (!(after[name] > 0)) throw new RangeError(`${name} must be above 0, but is ${after[name]}`)
  }
  return after
}
