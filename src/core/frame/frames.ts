import type { CloseCode, RefusalCode } from './constants.ts'

/** One run of a node (SPEC.md, section 3). */
export interface Instance {
  /** Grows with every start. */
  readonly start: number
  /** Eight bytes that tell apart two runs with one number. */
  readonly random: Uint8Array
}

/** What HELLO and ANSWER say. */
export interface Greeting {
  readonly minor: number
  readonly features: readonly number[]
  readonly name: string
  readonly instance: Instance
  readonly addresses: readonly string[]
  /** The number of the ticket that a HELLO pairs by. */
  readonly ticket: Uint8Array | undefined
  /** The address under which the answering side sees the dialer. */
  readonly observed: string | undefined
  /** Proof that the sender knows the secret of a network, 32 bytes. */
  readonly network: Uint8Array | undefined
  /** What the sender takes the other for: 0 paired, 1 a member of its network, 2 a guest. Paired if it is missing. */
  readonly relation: number | undefined
  /** How a HELLO pairs without a ticket: 1 by code. */
  readonly pairing: number | undefined
}

export interface HelloFrame extends Greeting {
  readonly type: 'hello'
}
export interface AnswerFrame extends Greeting {
  readonly type: 'answer'
}
export interface RefuseFrame {
  readonly type: 'refuse'
  readonly code: RefusalCode
  readonly text: string
}

/** A statement about the links and frames that its sender has (SPEC.md, section 4). */
export interface Attach {
  /** The instance of the receiver that the statement is about; undefined if the sender knows none. */
  readonly peerInstance: Instance | undefined
  readonly epoch: number
  readonly link: number
  readonly generation: number
  readonly received: number
  readonly held: readonly number[]
}
export interface AttachFrame extends Attach {
  readonly type: 'attach'
}

/** An inclusive range of sequence numbers. */
export interface SequenceRange {
  readonly first: number
  readonly last: number
}
export interface AckFrame {
  readonly type: 'ack'
  readonly cumulative: number
  readonly ranges: readonly SequenceRange[]
}
export interface PingFrame {
  readonly type: 'ping'
  readonly token: number
}
export interface PongFrame {
  readonly type: 'pong'
  readonly token: number
}
/** What the sender measures on the link that carries this (feature `status`). */
export interface Status {
  /** Smoothed. */
  readonly roundTripMs: number
  readonly jitterMs: number
  /** Share of probes without an answer, from 0 to 1. */
  readonly loss: number
  /** From 0 to 100, best. */
  readonly score: number
}
export interface StatusFrame extends Status {
  readonly type: 'status'
}
export interface CloseFrame {
  readonly type: 'close'
  readonly scope: 'link' | 'session'
  readonly code: CloseCode | undefined
  readonly text: string
}

export interface OpenFrame {
  readonly type: 'open'
  readonly sequence: number
  readonly stream: number
  readonly priority: number
  readonly protocol: string
}
export interface FinFrame {
  readonly type: 'fin'
  readonly sequence: number
  readonly stream: number
  readonly size: number
}
export interface ResetFrame {
  readonly type: 'reset'
  readonly sequence: number
  readonly stream: number
  readonly size: number
  readonly code: number
}
export interface StopFrame {
  readonly type: 'stop'
  readonly sequence: number
  readonly stream: number
  readonly code: number
}
export interface WindowFrame {
  readonly type: 'window'
  readonly sequence: number
  readonly stream: number
  readonly limit: number
}
export interface SessionWindowFrame {
  readonly type: 'sessionWindow'
  readonly sequence: number
  readonly limit: number
}
export interface StreamsFrame {
  readonly type: 'streams'
  readonly sequence: number
  readonly limit: number
}
/** A reliable frame of a later minor version: counted, acknowledged, and otherwise passed over. */
export interface UnknownReliableFrame {
  readonly type: 'unknownReliable'
  readonly sequence: number
}

/** A link-local frame of a later minor version: passed over. */
export interface UnknownLinkFrame {
  readonly type: 'unknownLink'
}

/** Frames that belong to one stream, beside DATA. */
export type StreamFrame = OpenFrame | FinFrame | ResetFrame | StopFrame | WindowFrame
/** Frames that are numbered and repeated until acknowledged, beside DATA. */
export type ReliableFrame = StreamFrame | SessionWindowFrame | StreamsFrame | UnknownReliableFrame
/** Frames that open a link. */
export type HandshakeFrame = HelloFrame | AnswerFrame | RefuseFrame
/** Frames that concern the link that carries them. */
export type LinkFrame = AttachFrame | AckFrame | PingFrame | PongFrame | CloseFrame | StatusFrame | UnknownLinkFrame
/** Every frame but DATA, which is decoded without an object of its own. */
export type Frame = HandshakeFrame | LinkFrame | ReliableFrame
