import type { Node, StreamHandler } from '../api.ts'
import { InvalidArgumentError } from '../errors.ts'

/** Names that begin so are those of Holdfast's own protocols. */
const RESERVED = 'holdfast/'

/** For the services of Holdfast, which stand on the same functions as an application but for their names. */
const handlersOf = new WeakMap<Node, Handlers>()

/** Serves a protocol of Holdfast's own, whose name no application may take, until the function that it answers is called. */
export function serveOwn(node: Node, protocol: string, handler: StreamHandler): () => void {
  const handlers = handlersOf.get(node)
  if (handlers === undefined)
    throw new InvalidArgumentError('Services need a node that `open` has made; give them that')
  handlers.setOwn(protocol, handler)
  return () => handlers.deleteOwn(protocol)
}

/** What serves streams, by the name of the protocol. */
export class Handlers {
  readonly #handlers = new Map<string, StreamHandler>()

  constructor(node: Node) {
    handlersOf.set(node, this)
  }

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

  deleteOwn(protocol: string): void {
    this.#handlers.delete(protocol)
  }
}

function checkNotReserved(protocol: string): void {
  if (!protocol.startsWith(RESERVED)) return
  throw new InvalidArgumentError(
    `The protocol "${protocol}" is one of Holdfast's own; choose a name that does not begin with "${RESERVED}"`,
  )
}
