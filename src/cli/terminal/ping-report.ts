// What is told of pings, as `ping` tells it.

/** What came of one of them. */
export type PingOutcome =
  | { readonly sequence: number; readonly roundTripMs: number; readonly address: string | null }
  | { readonly sequence: number; readonly lost: string }

/** Counts pings and their round trips, in constant memory. */
export class PingStatistics {
  #sent = 0
  #received = 0
  #leastMs = Infinity
  #mostMs = 0
  #sumMs = 0
  #sumOfSquares = 0
  #sumOfChangesMs = 0
  #lastMs: number | undefined

  get received(): number {
    return this.#received
  }

  add(outcome: PingOutcome): void {
    this.#sent++
    if ('lost' in outcome) return
    const { roundTripMs } = outcome
    this.#received++
    this.#leastMs = Math.min(this.#leastMs, roundTripMs)
    this.#mostMs = Math.max(this.#mostMs, roundTripMs)
    this.#sumMs += roundTripMs
    this.#sumOfSquares += roundTripMs * roundTripMs
    if (this.#lastMs !== undefined) this.#sumOfChangesMs += Math.abs(roundTripMs - this.#lastMs)
    this.#lastMs = roundTripMs
  }

  /** For scripts. Times in milliseconds, null before there are any; `loss` from 0 to 1. */
  summary(): Record<'sent' | 'received', number> &
    Record<'loss' | 'minMs' | 'avgMs' | 'maxMs' | 'mdevMs' | 'jitterMs', number | null> {
    const [sent, received] = [this.#sent, this.#received]
    const avgMs = received === 0 ? null : this.#sumMs / received
    return {
      sent,
      received,
      loss: sent === 0 ? null : 1 - received / sent,
      minMs: received === 0 ? null : this.#leastMs,
      avgMs,
      maxMs: received === 0 ? null : this.#mostMs,
      // Rounding may bring the difference below zero.
      mdevMs: avgMs === null ? null : Math.sqrt(Math.max(0, this.#sumOfSquares / received - avgMs * avgMs)),
      jitterMs: received < 2 ? null : this.#sumOfChangesMs / (received - 1),
    }
  }

  /** For people. */
  lines(name: string, elapsedMs: number): string[] {
    const { sent, received, loss, minMs, avgMs, maxMs, mdevMs, jitterMs } = this.summary()
    const counts = `${sent} sent, ${received} received, ${Math.round((loss ?? 0) * 1000) / 10}% lost, time ${Math.round(elapsedMs)} ms`
    const times = [minMs, avgMs, maxMs, mdevMs].map((ms) => digits(ms ?? 0)).join('/')
    const jitter = jitterMs === null ? '' : `, jitter ${digits(jitterMs)} ms`
    return [
      `--- ${name} ping statistics ---`,
      counts,
      ...(received === 0 ? [] : [`rtt min/avg/max/mdev = ${times} ms${jitter}`]),
    ]
  }
}

/** One ping on a line of its own. */
export function pingLine(name: string, outcome: PingOutcome): string {
  if ('lost' in outcome) return `no answer from ${name}: seq=${outcome.sequence} ${outcome.lost}`
  const { sequence, roundTripMs, address } = outcome
  return `answer from ${name}: seq=${sequence} time=${digits(roundTripMs)} ms${address === null ? '' : ` over ${address}`}`
}

function digits(ms: number): string {
  return ms.toFixed(3)
}
