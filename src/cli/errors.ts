import { HoldfastError } from '../core/errors.ts'

/** The command was given something that it cannot take. Exit code 2. */
export class UsageError extends HoldfastError {
  readonly code = 'usage'
}

/** No paired peer is called what the command was given. */
export class PeerNotFoundError extends HoldfastError {
  readonly code = 'peer-not-found'
}

/** Several paired peers are called what the command was given. */
export class PeerAmbiguousError extends HoldfastError {
  readonly code = 'peer-ambiguous'
}

/** The time of the ticket ran out and nobody had used it. */
export class TicketNotUsedError extends HoldfastError {
  readonly code = 'ticket-not-used'
}

/** The other side of a pipe refused it or gave it up. */
export class PipeEndedError extends HoldfastError {
  readonly code = 'pipe-ended'
}

/** Standard input could not be read, or standard output not be written. */
export class InputOutputError extends HoldfastError {
  readonly code = 'input-output'
  constructor(what: 'input' | 'output', cause: Error) {
    const cure = what === 'input' ? 'give it something that can be read' : 'let it go where there is room'
    super(`Standard ${what} failed (${cause.message}); ${cure}`, { cause })
  }
}
