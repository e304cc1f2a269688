/** What the protocol `holdfast/chat/1` fixes for both sides (docs/protocols/chat.md). */
export const chatWire = {
  protocol: 'holdfast/chat/1',
  idBytes: 16,
  /** A message, in UTF-8. */
  textBytesMax: 16_384,
  /** What a node calls itself, in UTF-8. */
  nameBytesMax: 64,
  /** The last moment of the year 9999, in milliseconds since 1970; every platform can show it as a date. */
  timeMsMax: 253_402_300_799_999,
  /** A sender has no more messages than these that were not acknowledged; a receiver knows at least so many again when they are repeated. */
  waitingMessagesMax: 1_000,
  /** Frames of a kind that the reader does not know, on one stream. */
  unknownFramesMax: 1_000,
} as const

/** Why a stream of a chat is reset; the numbers are the wire's. Below 256 they are those of SPEC.md, section 6. */
export const chatResets = {
  /** Nobody there reads any more: the chat is being closed, with its node most of the time. */
  closed: 0,
  noHandler: 2,
  notAllowed: 3,
  /** Something that is no frame, or one that must not come from this side. */
  malformed: 256,
  /** An acknowledgement of what was not sent, or was acknowledged before. */
  falseAcknowledgement: 257,
  /** The same side has opened another stream since. */
  superseded: 258,
  /** The reader cannot store messages now; they are to be kept and sent again later. */
  cannotStore: 259,
} as const

/** Bounds that are this implementation's own. */
export interface ChatLimits {
  /** Messages that are kept of each author in each conversation; beyond them the oldest go. At least `waitingMessagesMax`. */
  readonly historyMessagesMax: number
  /** Bytes of text of the same. At least those of `waitingMessagesMax` messages of full length, so that none is taken for new when it is repeated. */
  readonly historyBytesMax: number
  /** Messages on one stream that are not acknowledged yet. */
  readonly inFlightMessagesMax: number
  /** Frames that a peer may send at once before it is slowed, and how many a second from then on. */
  readonly burstFrames: number
  readonly framesPerSecond: number
  /** Changes of the other side's presence that are told at once, and how many a second from then on; the last one is told in any case. */
  readonly presenceBurst: number
  readonly presencePerSecond: number
  /** After so long without a message, in milliseconds, a stream is ended; the next message opens another. */
  readonly streamIdleMs: number
  /** The first wait after a stream was refused or failed, in milliseconds; each further one is twice as long, up to the last. */
  readonly retryMs: number
  readonly retryMsMax: number
}

export const defaultChatLimits: ChatLimits = {
  historyMessagesMax: 10_000,
  historyBytesMax: 32 * 1024 * 1024,
  inFlightMessagesMax: 64,
  burstFrames: 1_200,
  framesPerSecond: 20,
  presenceBurst: 10,
  presencePerSecond: 0.1,
  streamIdleMs: 30_000,
  retryMs: 1_000,
  retryMsMax: 300_000,
}
