import type { Duplex } from 'node:stream'
import type { HoldfastStream, Node, Peer } from '../../index.ts'
import { pipeProtocol, pipeResets } from '../../services/pipe.ts'
import { PipesFullError } from '../api/errors.ts'
import { PipeCarrier } from './carry.ts'

/** Pipes at a time, those included that wait for a peer. */
const PIPES_MAX = 64
/** Pipes that have ended and can still be asked about. */
const ENDED_PIPES_MAX = 256

/** A stream that a client will be joined with. */
export interface Incoming {
  readonly stream: HoldfastStream
  readonly peer: Peer
}

interface Waiter {
  /** The full id of the only peer that it takes; undefined: any. */
  readonly only: string | undefined
  take(incoming: Incoming): void
}

/** The pipes of a daemon: those that its clients open, and those that peers open to a client that waits. */
export class PipeDesk {
  readonly #node: Node
  readonly #waiters = new Set<Waiter>()
  /** By number, the newest last. */
  readonly #pipes = new Map<number, PipeCarrier>()
  readonly #running = new Set<PipeCarrier>()
  #newest = 0
  /** Clients whose stream is being opened. */
  #opening = 0

  constructor(node: Node) {
    this.#node = node
  }

  /** Opens a stream to the peer, as soon as that can be reached. Throws what `openStream` throws, `PipesFullError`, or the signal's reason. */
  async open(peer: Peer, signal: AbortSignal): Promise<Incoming> {
    this.#checkRoom()
    this.#opening++
    // Only the wait ends by the signal: what ends a pipe has a code of its own.
    const waiting = new AbortController()
    const aborted = (): void => waiting.abort(signal.reason)
    signal.addEventListener('abort', aborted)
    try {
      signal.throwIfAborted()
      return { stream: await peer.openStream(pipeProtocol, { signal: waiting.signal }), peer }
    } finally {
      signal.removeEventListener('abort', aborted)
      this.#opening--
    }
  }

  /** The next pipe that the peer `only`, or any, opens. Throws `PipesFullError` or the signal's reason. */
  async accept(only: string | undefined, signal: AbortSignal): Promise<Incoming> {
    this.#checkRoom()
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<Incoming>()
    const waiter = { only, take: resolve }
    const aborted = (): void => reject(signal.reason)
    signal.addEventListener('abort', aborted)
    this.#waiters.add(waiter)
    this.#node.handle(pipeProtocol, (stream, peer) => this.#arrived(stream, peer))
    try {
      return await promise
    } finally {
      signal.removeEventListener('abort', aborted)
      this.#waiters.delete(waiter)
      if (this.#waiters.size === 0) this.#node.unhandle(pipeProtocol)
    }
  }

  /**
   * Joins the client's connection with its stream, after `greet` was called with the number by which it can be asked about.
   */
  join(socket: Duplex, stream: HoldfastStream, greet: (number: number) => void): void {
    const number = ++this.#newest
    greet(number)
    const carrier = new PipeCarrier(socket, stream)
    this.#pipes.set(number, carrier)
    this.#running.add(carrier)
    void carrier.outcome.then(() => {
      this.#running.delete(carrier)
      this.#forget()
    })
  }

  /** Undefined for one that never was, or that ended long ago. */
  get(number: number): PipeCarrier | undefined {
    return this.#pipes.get(number)
  }

  #arrived(stream: HoldfastStream, peer: Peer): void {
    const waiter = [...this.#waiters].find(({ only }) => only === undefined || only === peer.id)
    if (waiter === undefined) {
      stream.on('error', () => {})
      stream.reset(pipeResets.notExpected)
      return
    }
    this.#waiters.delete(waiter)
    waiter.take({ stream, peer })
  }

  #checkRoom(): void {
    if (this.#running.size + this.#waiters.size + this.#opening >= PIPES_MAX) throw new PipesFullError(PIPES_MAX)
  }

  /** Drops the eldest of those that have ended, when there are too many. */
  #forget(): void {
    for (const [number, carrier] of this.#pipes) {
      if (this.#pipes.size - this.#running.size <= ENDED_PIPES_MAX) return
      if (!this.#running.has(carrier)) this.#pipes.delete(number)
    }
  }
}
