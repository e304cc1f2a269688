import { visible } from './visible.ts'

/**
 * The base of every error that Holdfast raises: a sentence for people, a literal `code` for programs.
 * All codes are listed with cause and cure in docs/errors.md.
 */
export abstract class HoldfastError extends Error {
  abstract readonly code: string
  override get name(): string {
    return this.constructor.name
  }
}

/** The other side broke the protocol; the link or session that it arrived on has ended. */
export class ProtocolError extends HoldfastError {
  readonly code = 'protocol-error'
  /** Which rule of SPEC.md was broken, as a stable word, for example `window-exceeded`. */
  readonly rule: string
  constructor(rule: string, message: string) {
    super(message)
    this.rule = rule
  }
}

/** The peer restarted, so its sessions and their streams are gone. Open a new stream. */
export class PeerRestartedError extends HoldfastError {
  readonly code = 'peer-restarted'
  constructor() {
    super('The peer restarted and lost the stream; open a new one')
  }
}

/** The session was given up: retention ran out, or the other side had already given it up. */
export class SessionLostError extends HoldfastError {
  readonly code = 'session-lost'
  constructor(why: string) {
    super(`The session was given up (${why}); open a new stream`)
  }
}

/** The peer said goodbye: its node was closed. */
export class PeerShutDownError extends HoldfastError {
  readonly code = 'peer-shut-down'
  constructor() {
    super('The peer shut down in order; open a new stream when it is back')
  }
}

/** The peer ended the session because something from here broke the protocol. */
export class RefusedByPeerError extends HoldfastError {
  readonly code = 'refused-by-peer'
  constructor(text: string) {
    super(`The peer ended the session: ${visible(text)}`)
  }
}

/** This node was closed. */
export class NodeClosedError extends HoldfastError {
  readonly code = 'node-closed'
  constructor() {
    super('This node has been closed; open it again to go on')
  }
}
