import assert from 'node:assert/strict'
import type { AgentEvent, StreamReport } from './agent/messages.ts'
import type { Agent } from './lab/agent.ts'

/** Enough to be always on its way, and little enough that many scenarios fit on a small machine. */
const BYTES_PER_SECOND = 1_000_000
/** After an outage the other bytes, and the ends of the stream, have so long. */
const FINISH_MS_MAX = 20_000

type Gap = Extract<AgentEvent, { type: 'gap' }>

/** A stream between two agents that moves all the time, there and back, and whose every byte is checked at both ends. */
export class Traffic {
  readonly from: Agent
  readonly to: Agent
  readonly #flow: number
  readonly #echo: number

  private constructor(from: Agent, to: Agent, flow: number, echo: number) {
    this.from = from
    this.to = to
    this.#flow = flow
    this.#echo = echo
  }

  /** Resolves when bytes have come back. */
  static async start(from: Agent, to: Agent, bytesPerSecond: number = BYTES_PER_SECOND): Promise<Traffic> {
    const flow = await from.ask('startFlow', to.name, bytesPerSecond)
    return new Traffic(from, to, flow, (await to.ask('echoCount', from.name)) - 1)
  }

  /** Stops sending; resolves when all that was sent has come back. */
  pause(): Promise<void> {
    return this.from.ask('pauseFlow', this.#flow)
  }

  resume(): Promise<void> {
    return this.from.ask('resumeFlow', this.#flow)
  }

  /** How long after `healMs` bytes arrive at both ends again, at the one that is later. Fails after `timeoutMs`. */
  async movesAgain(healMs: number, timeoutMs: number): Promise<number> {
    const ofOutage = (event: AgentEvent): event is Gap =>
      event.type === 'gap' && event.fromMs <= healMs && event.atMs >= healMs
    const gaps = await Promise.all(
      [this.from, this.to].map((agent) => agent.event('byte', ofOutage, { sinceMs: healMs, timeoutMs })),
    )
    return Math.max(...gaps.map(({ atMs }) => atMs - healMs))
  }

  /** The longest time without a byte at either end that ended after `sinceMs`; 0 if there was none to speak of. */
  longestGapMs(sinceMs: number): number {
    const events = [...this.from.since(sinceMs), ...this.to.since(sinceMs)]
    return Math.max(0, ...events.map((event) => (event.type === 'gap' ? event.atMs - event.fromMs : 0)))
  }

  /** Ends the stream and makes sure that no byte was lost, doubled or out of order, in either direction. Answers how many went each way. */
  async finish(): Promise<number> {
    const timeout = AbortSignal.timeout(FINISH_MS_MAX)
    const late = new Promise<never>((_, reject) => {
      timeout.addEventListener('abort', () => reject(new Error('The stream did not come to its end')))
    })
    const reports = Promise.all([
      this.from.ask('finishFlow', this.#flow),
      this.to.ask('echoOver', this.from.name, this.#echo),
    ])
    const [flow, echo] = await Promise.race([reports, late])
    assert.deepEqual([flow.failed, echo.failed], [undefined, undefined], 'The stream failed')
    assert.deepEqual([flow.wrongAt, echo.wrongAt], [undefined, undefined], 'A byte is not the one that belongs there')
    assert.deepEqual([echo.received, flow.received], [flow.sent, flow.sent], 'Bytes are missing, or are too many')
    assert.ok(flow.ended && echo.ended, 'The stream did not end in order')
    return flow.sent
  }

  flow(): Promise<StreamReport> {
    return this.from.ask('flow', this.#flow)
  }
}
