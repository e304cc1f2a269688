import { HoldfastError } from '../../core/errors.ts'

/** A text that cannot be sent: empty, too long, or with half a character in it. */
export class InvalidMessageError extends HoldfastError {
  readonly code = 'chat-message-invalid'
}

/** A message to this peer with this id is kept already, and its text is another. */
export class MessageIdTakenError extends HoldfastError {
  readonly code = 'chat-id-taken'
  constructor(id: string) {
    super(`Another message to this peer has the id ${id} already; draw a new one at random`)
  }
}

/** As many messages wait for the peer as may. */
export class ChatFullError extends HoldfastError {
  readonly code = 'chat-full'
  constructor(waiting: number) {
    super(`${waiting} messages wait for this peer already; write again when it has been reached and has taken them`)
  }
}

/** The other side of a chat broke its protocol (docs/protocols/chat.md). For use inside the chat: it ends a stream with a code. */
export class ChatViolation extends Error {
  readonly resetCode: number
  constructor(resetCode: number, message: string) {
    super(message)
    this.resetCode = resetCode
  }
}
