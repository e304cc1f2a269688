/** Why a link, or the last one to a peer, was lost. A closed list; docs/errors.md says for each what is behind it and what helps. */
export const lossReasons = [
  /** The channel ended in order, without a word why. */
  'closed-by-peer',
  /** The channel failed: reset, or given up by the kernel. */
  'connection-reset',
  /** Silence, and probes that were not answered; or another link took the place of a silent one. */
  'no-answer',
  /** Bytes came, but none of what waited was acknowledged. */
  'acknowledgement-stalled',
  /** The other side no longer holds the link: it has lost it before this side did. */
  'superseded',
  /** Another link of its kind serves. */
  'duplicate',
  /** A healthier link took its place. */
  'replaced',
  /** One of the two broke the protocol. */
  'protocol-error',
  'peer-shut-down',
  'peer-restarted',
  'session-lost',
  /** This node was closed, or its application failed in the middle of the link's bytes. */
  'closed-locally',
  /** Nothing used it for the idle timeout, here. */
  'idle',
  /** Likewise at the peer: it does not need the link any more. */
  'not-wanted',
  /** A person paused the peer: here, or there. */
  'paused',
  /** A person blocked the peer: here, or there. */
  'blocked',
  /** A person ended the pairing: here, or there. */
  'unpaired',
] as const

export type LossReason = (typeof lossReasons)[number]
