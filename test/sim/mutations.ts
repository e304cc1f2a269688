/** A way to break the protocol. `before` stands exactly once in the file. */
export interface Mutation {
  readonly name: string
  /** Below src. */
  readonly file: string
  readonly before: string
  readonly after: string
}

/** What the oracle must notice. Each is a mistake that somebody could make. */
export const mutations: readonly Mutation[] = [
  {
    name: 'a frame is dropped on resume',
    file: 'core/session/send-log.ts',
    before: `      link.frameMoved(frame)
      frame.link = undefined`,
    after: `      link.frameMoved(frame)
      if (sequence === this.#first && this.frames > 1) continue
      frame.link = undefined`,
  },
  {
    name: 'frames are freed when written and not on acknowledgement',
    file: 'core/session/sender.ts',
    before: `    this.#log.append(frame)
    link.frameSent(frame, nowMs)`,
    after: `    this.#log.append(frame)
    link.frameSent(frame, nowMs)
    this.acknowledged(frame.sequence, [], nowMs)`,
  },
  {
    name: 'nothing is sent again after a link died',
    file: 'core/session/link-set.ts',
    before: `    this.#sender.requeue(link)
    if (this.#links.length === 0)`,
    after: '    if (this.#links.length === 0)',
  },
  {
    name: 'a number that was seen is not recognised',
    file: 'core/session/receive-log.ts',
    before: '      return true\n    }\n    if (sequence > this.#cumulative + UNACKNOWLEDGED_FRAMES_MAX)',
    after: '      return false\n    }\n    if (sequence > this.#cumulative + UNACKNOWLEDGED_FRAMES_MAX)',
  },
  {
    name: 'bytes that are known already are not cut off',
    file: 'core/session/receive-half.ts',
    before: 'const fresh = offset === this.#offset ? payload : payload.subarray(this.#offset - offset)',
    after: 'const fresh = payload',
  },
  {
    name: 'a frame counts as received when its first part has come',
    file: 'core/session/receiver.ts',
    before: 'if (complete) this.#received(sequence, payload.length, nowMs)',
    after: 'if (!this.#log.has(sequence)) this.#received(sequence, payload.length, nowMs)',
  },
  {
    name: 'an acknowledgement names one frame more than has come',
    file: 'core/session/receiver.ts',
    before: 'return { cumulative: this.#log.cumulative, ranges',
    after: 'return { cumulative: this.#log.cumulative + 1, ranges',
  },
  {
    name: 'windows are never raised',
    file: 'core/session/receive-window.ts',
    before: `    this.#limit = this.#consumed + this.#bytes
    return true`,
    after: '    return false',
  },
  {
    name: 'the end is delivered before the bytes in front of it',
    file: 'core/session/receive-half.ts',
    before: `this.#state = this.#consumed === size ? 'ended' : 'sized'`,
    after: `this.#state = 'ended'`,
  },
  {
    name: 'links that the other side gave up stay attached',
    file: 'core/session/association.ts',
    before: `if (!this.#peerHeld.includes(link.id)) this.#session?.loseLink(link, 'superseded', nowMs)`,
    after: 'void link',
  },
  {
    name: 'additional links are never closed',
    file: 'core/session/redundancy.ts',
    before: 'if (serving >= wanted || tooManyPoor)',
    after: 'if (serving > links.length + wanted)',
  },
  {
    name: 'a restart of the peer goes unnoticed by streams',
    file: 'core/session/association.ts',
    before: 'this.#session?.end(new PeerRestartedError(), nowMs)',
    after: 'void PeerRestartedError',
  },
  {
    name: 'a write is called accepted before the session has its own copy',
    file: 'node/stream.ts',
    before: 'else if (free) callback()',
    after: 'else if (free || this.writable) callback()',
  },
]
