// What both children have in common: they talk to the parent, report progress, and end with it.
import type { HoldfastStream, Node, Peer } from '../src/index.ts'
import { now } from './clock.ts'
import type { FromChild, ToChild } from './messages.ts'

/** At the end all is acknowledged already; after Ctrl-C nobody wants to wait for a network that may be down. */
export const FLUSH_MS_MAX = 500
const PROGRESS_EVERY_MS = 10
const PEER_EVERY_MS = 250

export function tell(message: FromChild): void {
  if (process.connected) process.send?.(message)
}

/** Tells the parent why this process cannot go on; the parent shows it and ends the run. */
export function fail(doing: string, error: unknown): void {
  tell({ type: 'failed', message: `${doing}: ${reason(error)}` })
}

/** An error with a code was foreseen, and its sentence is enough; of any other one wants to know where it came from. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error) return `${error.message} (${String(error.code)})`
  return error.stack ?? error.message
}

/** Calls `handle` for each message of the parent. The process ends with its parent, never by Ctrl-C on its own. */
export function listenToParent(handle: (message: ToChild) => Promise<void> | void): void {
  // Ctrl-C reaches the whole process group; the parent decides what happens then.
  process.on('SIGINT', () => {})
  process.on('disconnect', () => process.exit(1))
  process.on('message', (message) => {
    const { type } = message as ToChild
    Promise.resolve()
      .then(() => handle(message as ToChild))
      .catch((error: unknown) => fail(type, error))
  })
}

/** Tells the parent when the stream ends in any way but the good one. */
export function watch(stream: HoldfastStream): void {
  stream.on('error', (error) => fail('the stream failed', error))
  stream.on('close', () => {
    if (!stream.readableEnded || !stream.writableFinished) fail('the stream', new Error('it was closed before its end'))
  })
}

/** Counts the bytes that arrive and reports them, at once after a pause and every few milliseconds otherwise. */
export class ProgressReport {
  #bytes = 0
  #atMs = 0
  #unsent = false
  #timer: NodeJS.Timeout | undefined

  moved(bytes: number): void {
    this.#bytes += bytes
    this.#atMs = now()
    this.#unsent = true
    if (this.#timer === undefined) this.#send()
  }

  #send(): void {
    this.#timer = undefined
    if (!this.#unsent) return
    this.#unsent = false
    tell({ type: 'progress', atMs: this.#atMs, bytes: this.#bytes })
    this.#timer = setTimeout(() => this.#send(), PROGRESS_EVERY_MS)
  }
}

/** Reports the peer's state, links and health, at every change and now and then for what is measured. */
export function reportPeer(peer: Peer): void {
  const report = (): void => {
    // The history is long, and nobody shows it.
    const health = { ...peer.health, history: [] }
    tell({ type: 'peer', state: peer.state, links: peer.links.map((link) => ({ ...link })), health })
  }
  for (const event of ['state', 'link:up', 'link:lost', 'health:band'] as const) peer.on(event, report)
  setInterval(report, PEER_EVERY_MS).unref()
  report()
}

/** Passes on what happens to the node, until it is closed. */
export async function reportEvents(node: Node): Promise<void> {
  for await (const event of node.events()) tell({ type: 'event', event })
}
