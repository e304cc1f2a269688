import { nowMs } from './clock.ts'
import type { ByteStream, Contestant, Listener } from './contestant.ts'
import { settledMemory } from './memory.ts'

/** What the server does with each stream that is opened: send everything back, or count it. */
export type Service = 'echo' | 'sink'

/** The listening half of a pair; its methods are called from other processes. */
export class BenchServer {
  readonly #contestant: Contestant
  #listener: Listener | undefined
  #service: Service = 'echo'
  #receivedBytes = 0
  #lastByteMs = 0
  #awaited: { bytes: number; resolve(lastByteMs: number): void } | undefined

  constructor(contestant: Contestant) {
    this.#contestant = contestant
  }

  /** Answers with the TCP port, null where there is none. */
  async listen(proxyPort: number | null): Promise<number | null> {
    const options = { proxyPort: proxyPort ?? undefined, serve: (stream: ByteStream) => this.#serve(stream) }
    this.#listener = await this.#contestant.listen(options)
    return this.#listener.port ?? null
  }

  invite(): Promise<string> {
    if (this.#listener === undefined) throw new Error('the server does not listen yet')
    return this.#listener.invite()
  }

  /** Chooses the service of all streams to come. */
  serve(service: Service): void {
    this.#service = service
  }

  /** When the sinks had received so many bytes, counted from their start; waits for it. Milliseconds by `nowMs`. */
  received(bytes: number): Promise<number> {
    return new Promise((resolve) => {
      this.#awaited = { bytes, resolve }
      this.#tellIfReceived()
    })
  }

  /** This process's resident memory in bytes, garbage collected and at rest. */
  memory(): Promise<number> {
    return settledMemory()
  }

  /** Ends all connections at once, for contestants without TCP. Answers with the time at which it did. */
  dropLinks(): number {
    if (this.#listener?.dropLinks === undefined) throw new Error('this contestant has no links of its own to drop')
    const atMs = nowMs()
    this.#listener.dropLinks()
    return atMs
  }

  #serve(stream: ByteStream): void {
    const data = this.#service === 'echo' ? echoTo(stream) : this.#count
    stream.handlers = { data, end: () => stream.end() }
  }

  readonly #count = ({ byteLength }: { byteLength: number }): void => {
    this.#receivedBytes += byteLength
    this.#lastByteMs = nowMs()
    this.#tellIfReceived()
  }

  #tellIfReceived(): void {
    if (this.#awaited === undefined || this.#receivedBytes < this.#awaited.bytes) return
    this.#awaited.resolve(this.#lastByteMs)
    this.#awaited = undefined
  }
}

/** Echoes are small and one at a time, so back-pressure never arises. */
function echoTo(stream: ByteStream): (bytes: { subarray(): Uint8Array }) => void {
  return (bytes) => {
    stream.write(bytes.subarray())
  }
}
