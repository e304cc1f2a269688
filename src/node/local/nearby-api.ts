// What a node has to do with others on its local network: it finds them, and pairs with them without a ticket.
import type { DiscoveryState } from '../../discovery/discovery.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import type { Peer } from '../api.ts'

/** A node that was heard on the local network. All of it is what somebody said: only a connection proves an id, and nothing a name. */
export interface NearbyNode {
  readonly id: PeerId
  /** What it says that it is called: 1 to 64 bytes, fit to be shown. Two nodes may use one name. */
  readonly name: string
  /** Where it says that it can be dialed; at most 16. */
  readonly addresses: readonly string[]
  /** In milliseconds since 1970. */
  readonly lastHeardMs: number
  /** It is a paired peer of this node. */
  readonly isPaired: boolean
  /** Somebody there has opened it for pairing by code. */
  readonly acceptsPairing: boolean
}

/**
 * A pairing by code. Both screens show the same six digits, unless somebody stands between the two nodes; the people compare them, and the pairing is stored when both
 * have confirmed.
 *
 *     comparing ──confirm()──▶ confirmed ──the other side too──▶ paired
 *         │                        │
 *         └────────────────────────┴── reject(), there or here; time; the connection is lost ──▶ failed
 */
export interface PairingRequest {
  /** The other node, proven by the connection. There is one request for each node at a time, so this is its key. */
  readonly id: PeerId
  /** What the other node says that it is called; nobody vouches for it. */
  readonly name: string
  /** Where the connection leads to, or comes from. */
  readonly address: string
  /** `outbound`: asked for here, by `pairNearby`. `inbound`: somebody asks over there. */
  readonly direction: 'outbound' | 'inbound'
  /** Six digits. */
  readonly code: string
  readonly state: 'comparing' | 'confirmed' | 'paired' | 'failed'
  /** When it fails unless both have confirmed, in milliseconds since 1970: two minutes after it began. */
  readonly expiresAtMs: number
  /**
   * Resolves when both have confirmed and the pairing is stored here. Rejects with `PairingRejectedError` if one of the two people said no, with `PairingError` when time
   * ran out or the connection was lost, and with `NodeClosedError`. Need not be looked at.
   */
  readonly peer: Promise<Peer>
  /** The person here sees the same digits on the other screen. Does nothing when it has been decided already. */
  confirm(): void
  /** The digits differ, or nobody here wants this. Ends the request on both sides; does nothing when it is over. */
  reject(): void
}

/** What a node offers for its local network; part of `Node`. */
export interface LocalNetwork {
  readonly discovery: DiscoveryState
  /** The nodes that are heard on the local network at the moment, by name; at most 256. */
  nearby(): readonly NearbyNode[]
  /**
   * Lets others on the local network ask to be paired by code, for five minutes by default, until one is paired, or until `closePairing`. Called again, the time begins anew.
   * Without it they are refused, so that no stranger can make a screen ask. Requests are told by the event `pairing:requested` and are in `pairingRequests()`.
   */
  openPairing(options?: { readonly forMs?: number }): void
  closePairing(): void
  /** Until when others may ask, in milliseconds since 1970; undefined while they may not. */
  readonly pairingOpenUntilMs: number | undefined
  /**
   * Asks a node to pair by code; it has to be open for that. Dials it where it was heard, or at `addresses`. Resolves with the code, which the people compare
   * then. Throws `RefusedError` (`pairing-closed` if the other node is not open, or `busy`), `UnreachableError`, `WrongPeerError`, and `PairingError` if the other node is too old for
   * it. `signal` ends the request at any time, unless somebody else has asked for the same one: then it ends this wait for the code alone.
   */
  pairNearby(
    id: string,
    options?: { readonly addresses?: readonly string[]; readonly signal?: AbortSignal },
  ): Promise<PairingRequest>
  /** Those that are not decided yet, in both directions; at most 16. */
  pairingRequests(): readonly PairingRequest[]
}
