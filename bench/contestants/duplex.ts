import type { Duplex } from 'node:stream'
import type { ByteStream, StreamHandlers } from '../contestant.ts'

/** A Node `Duplex` as a stream of the benchmark; for the contestants whose streams are such. */
export class DuplexStream implements ByteStream {
  handlers: StreamHandlers = {}
  readonly #duplex: Duplex

  constructor(duplex: Duplex) {
    this.#duplex = duplex
    let failure: Error | undefined
    duplex.on('data', (bytes: Uint8Array) => this.handlers.data?.(bytes))
    duplex.on('drain', () => this.handlers.drain?.())
    duplex.on('end', () => this.handlers.end?.())
    duplex.on('error', (error) => {
      failure = error
    })
    duplex.on('close', () => this.handlers.closed?.(failure))
  }

  write(bytes: Uint8Array): boolean {
    return this.#duplex.write(bytes)
  }

  end(): void {
    this.#duplex.end()
  }

  destroy(): void {
    this.#duplex.destroy()
  }
}
