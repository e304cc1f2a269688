import { compareAddresses } from './address-order.ts'

/**
 * Who of two peers dials.
 * - `graceful`: one side dials at once and the other after a grace, for when only that one can reach its peer.
 * - `strict`: the lower side alone, ever. Where the lower one cannot reach the higher one they stay apart.
 */
export type Direction = 'graceful' | 'strict'

/**
 * What makes a side the lower one. `address` is for fixed clusters, whose nodes all know the same addresses: two that know different ones of each
 * other may both take themselves for the higher side, which costs a grace when the direction is graceful, and the connection when it is strict.
 */
export type DialOrder = 'id' | 'address'

/** How long the side whose turn it is not waits for the other one to come. */
export const DIAL_GRACE_MS = 2_000
/**
 * How long the higher side waits after a restart. Its peer probably runs on and is between two attempts, so nobody comes; a peer that starts in the same
 * moment, as after a power cut, has begun its dial by then.
 */
export const RESTART_GRACE_MS = 100

export interface DialSides {
  readonly order: DialOrder
  /** This side's id is the lower one. */
  readonly isLowerById: boolean
  /** The first address that this side advertises, if any. */
  readonly ownAddress: string | undefined
  /** The first one that the peer has advertised, if it is known: as the peer ordered them, not as they are ranked here. */
  readonly peerAddress: string | undefined
}

/** Whether this side is the lower one: by the advertised addresses if they are to count and are IP addresses that differ, and else by id. */
export function isLowerSide({ order, isLowerById, ownAddress, peerAddress }: DialSides): boolean {
  if (order === 'id' || ownAddress === undefined || peerAddress === undefined) return isLowerById
  const difference = compareAddresses(ownAddress, peerAddress) ?? 0
  return difference === 0 ? isLowerById : difference < 0
}

export interface DialTurn {
  readonly direction: Direction
  readonly isLower: boolean
  /** Who dialed the last link that came about in this run; undefined if there was none. */
  readonly dialedLast: 'self' | 'peer' | undefined
  /** The two were connected in an earlier run of this node. */
  readonly isReunion: boolean
  /** The peer knows an address of this side, so it may come. */
  readonly isDialable: boolean
}

/**
 * How long to wait, in milliseconds, before the first dial after a loss or a start; undefined: never dial.
 *
 * | direction | who dialed last   | this side dials                                |
 * | --------- | ----------------- | ---------------------------------------------- |
 * | strict    | –                 | at once if it is the lower one, else never     |
 * | graceful  | this side         | at once: it is known to reach its peer         |
 * | graceful  | the peer          | after the grace                                |
 * | graceful  | nobody            | at once if it is the lower one, else after it; |
 * |           |                   | after a restart at once, or 0.1 s later        |
 *
 * Nobody waits for a peer that knows no address of this side.
 */
export function dialGraceMs(turn: DialTurn): number | undefined {
  const { direction, isLower, dialedLast, isReunion, isDialable } = turn
  if (direction === 'strict') return isLower ? 0 : undefined
  const isOurs = dialedLast === undefined ? isLower : dialedLast === 'self'
  if (isOurs || !isDialable) return 0
  return dialedLast === undefined && isReunion ? RESTART_GRACE_MS : DIAL_GRACE_MS
}
