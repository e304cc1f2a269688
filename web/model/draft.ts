const ID_BYTES = 16

/** What a message is sent with. */
interface Outgoing {
  readonly text: string
  /** The daemon keeps a message once for each. */
  readonly id: string
}

/** A message that is being written. However often it is sent until the daemon has answered, it is one message. */
export class Draft {
  #last: Outgoing | undefined

  /** The text under the id that it was sent with before, if nothing says yet that it arrived. */
  outgoing(text: string): Outgoing {
    if (this.#last?.text !== text) this.#last = { text, id: newId() }
    return this.#last
  }

  /** The daemon has kept it; the same words again would be another message. */
  kept({ id }: Outgoing): void {
    if (this.#last?.id === id) this.#last = undefined
  }
}

/** Works on pages that are served without TLS too, unlike `randomUUID`. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
