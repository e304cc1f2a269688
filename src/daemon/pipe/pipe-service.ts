import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { Clock } from '../../clock.ts'
import type { HoldfastStream, Node, Peer } from '../../index.ts'
import { atMost } from '../../node/timing/at-most.ts'
import { openPipe } from '../../services/pipe/open.ts'
import { pipeProtocol, pipeResets, unconfirmedPipeProtocol } from '../../services/pipe/protocol.ts'
import { PeerTooOldError, PipesFullError } from '../api/errors.ts'
import { PipeCarrier } from './carry.ts'
import type { TakenDescriptors } from './descriptors.ts'

/** Pipes at a time, those included that wait for a peer. */
const PIPES_MAX = 64
/** Pipes that have ended and can still be asked about. */
const ENDED_PIPES_MAX = 256
const HANDLE_BYTES = 16
/** How long a daemon that stops waits for the last words of pipes: a few round trips. */
const CLOSING_TIMEOUT_MS = 3_000

/** A stream that a client will be joined with. */
export interface Incoming {
  readonly stream: HoldfastStream
  readonly peer: Peer
}

interface Waiter {
  /** The full id of the only peer that it takes; undefined: any. */
  readonly only: string | undefined
  take(incoming: Incoming): void
  fail(error: Error): void
}

/** The pipes of a daemon: those that its clients open, and those that peers open to a client that waits. */
export class PipeService {
  readonly #node: Node
  readonly #waiters = new Set<Waiter>()
  /** By handle, the newest last. */
  readonly #pipes = new Map<string, PipeCarrier>()
  readonly #running = new Set<PipeCarrier>()
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
      return { stream: await openPipe(peer, waiting.signal), peer }
    } finally {
      signal.removeEventListener('abort', aborted)
      this.#opening--
    }
  }

  /** The next pipe that the peer `only`, or any, opens. Throws `PipesFullError`, `PeerTooOldError` or the signal's reason. */
  async accept(only: string | undefined, signal: AbortSignal): Promise<Incoming> {
    this.#checkRoom()
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<Incoming>()
    const waiter = { only, take: resolve, fail: reject }
    const aborted = (): void => reject(signal.reason)
    signal.addEventListener('abort', aborted)
    this.#waiters.add(waiter)
    this.#node.handle(pipeProtocol, (stream, peer) => this.#arrived(stream, peer))
    this.#node.handle(unconfirmedPipeProtocol, (stream, peer) => this.#arrivedUnconfirmed(stream, peer))
    try {
      return await promise
    } finally {
      signal.removeEventListener('abort', aborted)
      this.#waiters.delete(waiter)
      if (this.#waiters.size === 0)
        for (const protocol of [pipeProtocol, unconfirmedPipeProtocol]) this.#node.unhandle(protocol)
    }
  }

  /**
   * Joins the client's connection with its stream, after `greet` was called with the handle by which it can be asked about. A handle is random, so no later run of the
   * daemon gives it to another pipe.
   */
  join(socket: Duplex, stream: HoldfastStream, taken: TakenDescriptors, greet: (handle: string) => void): void {
    const handle = randomBytes(HANDLE_BYTES).toString('base64url')
    greet(handle)
    const carrier = new PipeCarrier(socket, stream, taken)
    this.#pipes.set(handle, carrier)
    this.#running.add(carrier)
    void carrier.outcome.then(() => {
      this.#running.delete(carrier)
      this.#forget()
    })
  }

  /**
   * Ends all pipes. Those of which both sides have everything get `CLOSING_TIMEOUT_MS` to say so: if they were cut here, one command would exit with 0 and the other not.
   */
  async close(clock: Clock): Promise<void> {
    const closing = [...this.#running].filter(({ isClosing }) => isClosing)
    for (const pipe of this.#running) if (!pipe.isClosing) pipe.stop()
    await atMost(clock, CLOSING_TIMEOUT_MS, Promise.all(closing.map(({ outcome }) => outcome)))
    for (const pipe of this.#running) pipe.stop()
  }

  /** Undefined for one that never was, or that ended long ago. */
  get(handle: string): PipeCarrier | undefined {
    return this.#pipes.get(handle)
  }

  #arrived(stream: HoldfastStream, peer: Peer): void {
    const waiter = this.#waiterFor(peer)
    if (waiter === undefined) return stream.reset(pipeResets.notExpected)
    this.#waiters.delete(waiter)
    waiter.take({ stream, peer })
  }

  #arrivedUnconfirmed(stream: HoldfastStream, peer: Peer): void {
    const waiter = this.#waiterFor(peer)
    stream.reset(waiter === undefined ? pipeResets.notExpected : pipeResets.tooOld)
    waiter?.fail(new PeerTooOldError(peer.name))
  }

  #waiterFor(peer: Peer): Waiter | undefined {
    return [...this.#waiters].find(({ only }) => only === undefined || only === peer.id)
  }

  #checkRoom(): void {
    if (this.#running.size + this.#waiters.size + this.#opening >= PIPES_MAX) throw new PipesFullError(PIPES_MAX)
  }

  /** Drops the eldest of those that have ended, when there are too many. */
  #forget(): void {
    for (const [handle, carrier] of this.#pipes) {
      if (this.#pipes.size - this.#running.size <= ENDED_PIPES_MAX) return
      if (!this.#running.has(carrier)) this.#pipes.delete(handle)
    }
  }
}
