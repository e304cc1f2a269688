import type { PeerId } from '../identity/peer-id.ts'

/** What a node tells the local network of itself. */
export interface Announcement {
  readonly name: string
  /** Where it listens, as it was told to: `tcp://[::]:4000`. What of that is told where is the discovery's business. */
  readonly listening: readonly string[]
  /** It is open for pairing by code. */
  readonly acceptsPairing: boolean
  /** By which members of a network recognise each other: 32 hexadecimal digits, which are noise to everybody else. */
  readonly tag?: string | undefined
}

/** What was heard of a node. Nobody vouches for it: it may be mistaken, or a lie. */
export interface Sighting {
  readonly id: PeerId
  /** Where it came from, such as the IP address of the packet: what tells one who speaks of the node from another. */
  readonly from: string
  /** 1 to 64 characters, fit to be shown. */
  readonly name: string
  /** At most 16. */
  readonly addresses: readonly string[]
  readonly acceptsPairing: boolean
  /** 32 hexadecimal digits, if it was told with any. */
  readonly tag?: string | undefined
  /** How long it is good; 0: it is taken back, of what was said from there: these addresses, or all if there are none. */
  readonly lifeMs: number
}

/** How it stands with the search on the local network. Moments are milliseconds since 1970. */
export type DiscoveryState =
  /** It was switched off (`discovery: { mdns: false }`), or the node is closed. */
  | { readonly kind: 'off' }
  /**
   * It sends and listens on the interfaces with these IP addresses. `heardAtMs`: when anything was last heard by multicast from another node or another machine; undefined
   * where nothing ever was, as on a network that drops multicast.
   */
  | {
      readonly kind: 'listening'
      readonly since: number
      readonly interfaces: readonly string[]
      readonly heardAtMs: number | undefined
    }
  /** The system refuses; it is tried again when the network changes, and every minute or so. `reason` is a sentence for people. */
  | { readonly kind: 'failed'; readonly since: number; readonly reason: string; readonly heardAtMs: number | undefined }

export interface DiscoveryHost {
  readonly id: PeerId
  /** What is told of this node; undefined: nothing. Asked whenever it is to be told. */
  announcement(): Announcement | undefined
  heard(sighting: Sighting): void
}

/** A way to find nodes on the local network, and to be found. Nothing in it ever throws: what the system refuses is a state. */
export interface Discovery {
  readonly state: DiscoveryState
  /** Begins to listen, asks who is there, and tells of this node. */
  start(host: DiscoveryHost): void
  /** The announcement is another one than before. */
  changed(): void
  /** The addresses of this machine may be others than before: asks and tells anew. */
  networkChanged(): void
  /** Takes back what it has told, and ends. */
  stop(): Promise<void>
}
