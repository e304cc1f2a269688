/** What says that a peer may be reached again: a wait for the next attempt ends early. */
export type DialHint =
  | 'interface-change'
  | 'wake'
  | 'inbound-link'
  | 'other-peer'
  | 'mdns'
  | 'relay'
  | 'knock'
  | 'asked'

/** What a hint does to the schedule of a peer. */
export interface DialHintRule {
  /**
   * `restart`: the schedule begins anew, for what was waited for has happened. `once`: one attempt, and the schedule goes on; that another peer
   * is back says little about this one, and in a large network such news never ends.
   */
  readonly effect: 'restart' | 'once'
  /** It comes for all peers of a node in the same moment, so that they are spread. */
  readonly concernsAll: boolean
  /** At most one restart or extra attempt in this time, for each peer. */
  readonly everyMs: number
}

/**
 * An interface that flaps gives a hint at each turn. One that comes too early is not lost: it counts when its time has come, unless the schedule
 * has brought an attempt before. Ten seconds after a restart the schedule waits for 5 s at most, so little is missed.
 */
export const dialHintRules: Readonly<Record<DialHint, DialHintRule>> = {
  'interface-change': { effect: 'restart', concernsAll: true, everyMs: 10_000 },
  wake: { effect: 'restart', concernsAll: true, everyMs: 10_000 },
  // Of this peer alone: it was seen, or the relay tells of it.
  mdns: { effect: 'restart', concernsAll: false, everyMs: 10_000 },
  relay: { effect: 'restart', concernsAll: false, everyMs: 10_000 },
  // The peer itself has asked to be dialed, since it may not dial.
  knock: { effect: 'restart', concernsAll: false, everyMs: 10_000 },
  // A person who asks again after a second means it.
  asked: { effect: 'restart', concernsAll: false, everyMs: 1_000 },
  // Another peer came, or was reached: the network of this node is back, perhaps.
  'inbound-link': { effect: 'once', concernsAll: true, everyMs: 30_000 },
  'other-peer': { effect: 'once', concernsAll: true, everyMs: 30_000 },
}

/** The longest time over which the attempts that a hint for all peers brings are spread. */
const SPREAD_MS_MAX = 1_000
/** For each peer, so that a node with a few does not wait for nothing: 16 peers share a second, as many as may dial at a time. */
const SPREAD_MS_PER_PEER = 1_000 / 16

/** How far the attempts at this many peers are to be spread: evenly, over a second at most. */
export function hintSpreadMs(peers: number): number {
  return Math.min(SPREAD_MS_MAX, Math.max(0, peers - 1) * SPREAD_MS_PER_PEER)
}
