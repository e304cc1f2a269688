import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HoldfastStream } from '../../../src/index.ts'
import { Arrivals } from './arrivals.ts'
import type { StreamReport } from './messages.ts'
import { pattern } from './pattern.ts'

/** The protocol whose handler sends back what it gets. */
export const ECHO = 'net-echo/1'

const PIECES_PER_SECOND = 100

/** What a stream of a scenario has to say. */
export interface StreamHost {
  gap(fromMs: number): void
  failed(code: string): void
}

/** The side that opens a stream: sends the pattern at a steady pace, and checks what comes back. */
export class Flow {
  readonly #stream: HoldfastStream
  readonly #pieceBytes: number
  readonly #arrivals: Arrivals
  readonly #over: Promise<void>
  readonly #end = new AbortController()
  #sent = 0
  #paused = false
  #ended = false
  #failed: string | undefined

  constructor(stream: HoldfastStream, bytesPerSecond: number, host: StreamHost) {
    this.#stream = stream
    this.#pieceBytes = Math.ceil(bytesPerSecond / PIECES_PER_SECOND)
    this.#arrivals = new Arrivals((fromMs) => host.gap(fromMs))
    stream.on('data', (chunk: Buffer) => this.#arrivals.take(chunk))
    stream.on('error', (error) => {
      this.#failed = codeOf(error)
      host.failed(this.#failed)
    })
    stream.once('end', () => (this.#ended = true))
    this.#over = new Promise((resolve) => stream.once('close', resolve))
    void this.#run()
  }

  get report(): StreamReport {
    const { bytes: received, wrongAt } = this.#arrivals
    return { sent: this.#sent, received, wrongAt, ended: this.#ended, failed: this.#failed }
  }

  /** Stops sending, and resolves when all that was sent has come back: the link is idle. */
  async pause(): Promise<void> {
    this.#paused = true
    while (this.#arrivals.bytes < this.#sent) await once(this.#stream, 'data')
  }

  resume(): void {
    this.#paused = false
  }

  /** Sends no more, and resolves when everything has come back and the stream is over. */
  async finish(): Promise<StreamReport> {
    this.#end.abort()
    await this.#over
    return this.report
  }

  async #run(): Promise<void> {
    while (!this.#end.signal.aborted && !this.#stream.destroyed) {
      if (!this.#paused) await this.#send()
      await sleep(1_000 / PIECES_PER_SECOND)
    }
    if (!this.#stream.destroyed) this.#stream.end()
  }

  async #send(): Promise<void> {
    const piece = pattern(this.#sent, this.#pieceBytes)
    this.#sent += piece.length
    if (this.#stream.write(piece)) return
    await Promise.race([once(this.#stream, 'drain').catch(() => undefined), this.#over])
  }
}

/** The side that serves a stream: checks what comes, and sends it back. */
export class Echo {
  /** Resolves when nothing more will happen, also if the stream failed. */
  readonly over: Promise<void>
  readonly #arrivals: Arrivals
  #ended = false
  #failed: string | undefined

  constructor(stream: HoldfastStream, host: StreamHost) {
    this.#arrivals = new Arrivals((fromMs) => host.gap(fromMs))
    this.over = new Promise((resolve) => stream.once('close', resolve))
    stream.on('error', (error) => {
      this.#failed = codeOf(error)
      host.failed(this.#failed)
    })
    stream.on('data', (chunk: Buffer) => this.#arrivals.take(chunk))
    stream.once('finish', () => (this.#ended = true))
    stream.pipe(stream)
  }

  get report(): StreamReport {
    const { bytes: received, wrongAt } = this.#arrivals
    return { sent: received, received, wrongAt, ended: this.#ended, failed: this.#failed }
  }
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
