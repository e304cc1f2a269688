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

/** What was written to peers has not reached all of them. */
export class NotDeliveredError extends HoldfastError {
  readonly code = 'not-delivered'
}

/** Lines of standard input could not be sent; each was named when it was read. */
export class LinesRefusedError extends HoldfastError {
  readonly code = 'lines-refused'
  constructor(count: number, first: readonly number[]) {
    const more = count > first.length ? ', …' : ''
    const lines =
      count === 1 ? `Line ${first[0]} was refused` : `${count} lines were refused (${first.join(', ')}${more})`
    super(`${lines}; everything else is delivered`)
  }
}

/** Nothing came back from a peer that was pinged. */
export class NoAnswerError extends HoldfastError {
  readonly code = 'no-answer'
  constructor(name: string) {
    super(`Nothing came back from ${name}; \`holdfast doctor\` looks for the reason`)
  }
}

/** The folder's node is that of another user. */
export class FolderForbiddenError extends HoldfastError {
  readonly code = 'folder-forbidden'
  constructor(path: string) {
    super(
      `${path} cannot be read by this user; run the command as the user whose node it is, or choose a folder with --dir`,
    )
  }
}

/** A daemon holds the folder, and does not answer. */
export class DaemonUnreachableError extends HoldfastError {
  readonly code = 'daemon-unreachable'
}

/** The command is for a running daemon, and none runs. */
export class NoDaemonError extends HoldfastError {
  readonly code = 'no-daemon'
  constructor(dir: string, why: string) {
    super(`No daemon runs on ${dir}, and ${why}; start one with \`holdfast up\``)
  }
}

/** The doctor has found something that is in the way. */
export class FindingsError extends HoldfastError {
  readonly code = 'findings'
  constructor() {
    super('Something is in the way; the lines with an arrow say what helps')
  }
}
