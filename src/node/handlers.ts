import type { StreamHandler } from './api.ts'
import { InvalidArgumentError } from './errors.ts'

/** Names that begin so are those of Holdfast's own protocols. */
const RESERVED = 'holdfast/'

/** What serves streams, by the name of the protocol. */
export class Handlers {
  readonly #handlers = new Map<string, StreamHandler>()

  get(protocol: string): StreamHandler | undefined {
    return this.#handlers.get(protocol)
  }

  /** Of the application; throws `InvalidArgumentError` for a name that is reserved. */
  set(protocol: string, handler: StreamHandler): void {
    checkNotReserved(protocol)
    this.#handlers.set(protocol, handler)
  }

  delete(protocol: string): void {
    checkNotReserved(protocol)
    this.#handlers.delete(protocol)
  }

  /** Of Holdfast itself. */
  setOwn(protocol: string, handler: StreamHandler): void {
    this.#handlers.set(protocol, handler)
  }
}

function checkNotReserved(protocol: string): void {
  if (!protocol.startsWith(RESERVED)) return
  throw new InvalidArgumentError(
    `The protocol "${protocol}" is one of Holdfast's own; choose a name that does not begin with "${RESERVED}"`,
  )
}
