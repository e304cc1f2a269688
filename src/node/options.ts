// The options of a node. Types, defaults, ranges, the daemon's settings and the documents come from the tables; those of reconnecting, keep-alive and sessions
// stand with their subjects in the core.
import type { DialOrder, Direction } from '../core/dial/direction.ts'
import { dialScheduleOptions } from '../core/dial/schedule-options.ts'
import { BROADCAST_HOPS_MAX } from '../core/frame/constants.ts'
import { type KeepAlive, keepAliveOptions } from '../core/health/keep-alive.ts'
import {
  ABOVE_ZERO,
  choice,
  type GivenOptions,
  number,
  type OptionsOf,
  protocols,
  toggle,
  whole,
} from '../core/options.ts'
import { type SessionLimits, sessionOptions } from '../core/session/limits.ts'
import type { Logger } from './events/log.ts'

/** Timers of the platform hold 31 bits, 24 days. */
const duration = { least: 1, most: 2 ** 31 - 1, unit: 'milliseconds' } as const
const count = { least: 1, most: 1_000_000 }

type Admission = 'paired' | 'network' | 'anyone'

export const nodeOptions = {
  /**
   * Who may connect beside those that are paired: nobody, members of the network, or anyone as a guest. Default:
   * `network` where there is a network, else `paired`.
   */
  admit: choice<Admission, Admission | undefined>({
    choices: ['paired', 'network', 'anyone'],
    default: undefined,
    otherwise: '`network` where there is a network, else `paired`',
    text: 'Who may connect beside those that are paired: nobody, members of the network, or anyone as a guest.',
  }),
  /**
   * Who of two peers dials. `graceful`: the lower side, or the one that dialed last, at once, and the other 2 s later.
   * `strict`: the lower side alone, ever. Default: `'graceful'`.
   */
  direction: choice<Direction>({
    choices: ['graceful', 'strict'],
    default: 'graceful',
    text: 'Who of two peers dials. `graceful`: the lower side, or the one that dialed last, at once, and the other 2 s later. `strict`: the lower side alone, ever.',
  }),
  /**
   * What makes a side the lower one: its id, or the first address that it advertises (by IP, port, then id). Default:
   * `'id'`.
   */
  dialOrder: choice<DialOrder>({
    choices: ['id', 'address'],
    default: 'id',
    text: 'What makes a side the lower one: its id, or the first address that it advertises (by IP, port, then id).',
  }),
  /**
   * What all sessions together may grow to beyond their first limits. Default: 268,435,456; from 0 to 1,099,511,627,776
   * bytes.
   */
  memoryBudgetBytes: number({
    default: 256 * 1024 * 1024,
    least: 0,
    most: 2 ** 40,
    unit: 'bytes',
    text: 'What all sessions together may grow to beyond their first limits.',
  }),
}

/** Those that can be changed while the node runs. */
export const tunableOptions = {
  /**
   * A peer without an open stream is let go of after so long, and dialed when it is needed. A peer that has an idle
   * timeout of its own keeps that. Default: never, peers are held; from 1 to 2,147,483,647 ms.
   */
  idleTimeoutMs: number<number | undefined>({
    default: undefined,
    ...duration,
    otherwise: 'never, peers are held',
    text: 'A peer without an open stream is let go of after so long, and dialed when it is needed. A peer that has an idle timeout of its own keeps that.',
  }),
  /** Peers, guests included; others are refused. Default: 65,536; a whole number from 1 to 1,000,000. */
  peersMax: whole({ ...count, default: 65_536, text: 'Peers, guests included; others are refused.' }),
  /** Links of all peers together; others are refused. Default: 65,536; a whole number from 1 to 1,000,000. */
  linksMax: whole({ ...count, default: 65_536, text: 'Links of all peers together; others are refused.' }),
}

export const guestOptions = {
  /** The protocols that guests may use. Default: `[]`. */
  protocols: protocols({ default: [], text: 'The protocols that guests may use.' }),
  /** How long a guest without an open stream keeps its link. Default: 3,600,000; from 1 to 2,147,483,647 ms. */
  idleTimeoutMs: number({
    default: 3_600_000,
    ...duration,
    text: 'How long a guest without an open stream keeps its link.',
  }),
  /** Guests at a time, where `admit` is `anyone`. Default: 64; a whole number from 0 to 65,536. */
  max: whole({ default: 64, least: 0, most: 65_536, text: 'Guests at a time, where `admit` is `anyone`.' }),
}

export const broadcastRelayOptions = {
  /**
   * The protocols whose broadcasts are passed on from one peer to the others, within bounds (docs/broadcast.md), though
   * nobody here listens for them. Default: `[]`.
   */
  relayProtocols: protocols({
    default: [],
    text: 'The protocols whose broadcasts are passed on from one peer to the others, within [bounds](broadcast.md), though nobody here listens for them.',
  }),
  /**
   * Over how many links a message may go: one of its own, and what is left of another’s as if it had begun one link
   * before. Where each node has three peers, 4 links reach 45 nodes, and each hop more lets one message cost twice as
   * many. A message goes as far as all nodes on its way allow. Default: 4; a whole number from 1 to 16.
   */
  hopsMax: whole({
    default: 4,
    least: 1,
    most: BROADCAST_HOPS_MAX,
    text: 'Over how many links a message may go: one of its own, and what is left of another’s as if it had begun one link before. Where each node has three peers, 4 links reach 45 nodes, and each hop more lets one message cost twice as many. A message goes as far as all nodes on its way allow.',
  }),
  /** Messages passed on for one sender, and of one origin that is not the sender, at once. Default: 256; above 0. */
  relayMessagesAtOnce: number({
    default: 256,
    least: ABOVE_ZERO,
    text: 'Messages passed on for one sender, and of one origin that is not the sender, at once.',
  }),
  /** Messages passed on in the long run. Default: 32; above 0. */
  relayMessagesPerSecond: number({ default: 32, least: ABOVE_ZERO, text: 'Messages passed on in the long run.' }),
  /**
   * The bytes of these messages, counted once for a message however many peers it goes to. Each message fits into the
   * least. Default: 2,097,152; at least 131,072 bytes.
   */
  relayBytesAtOnce: number({
    default: 2 * 1024 * 1024,
    least: 128 * 1024,
    unit: 'bytes',
    text: 'The bytes of these messages, counted once for a message however many peers it goes to. Each message fits into the least.',
  }),
  /** These bytes in the long run. Default: 131,072; above 0 bytes. */
  relayBytesPerSecond: number({
    default: 128 * 1024,
    least: ABOVE_ZERO,
    unit: 'bytes',
    text: 'These bytes in the long run.',
  }),
}

export const discoveryOptions = {
  /** Find peers on the local network by multicast DNS, and find them again when they move. Default: `true`. */
  mdns: toggle({
    default: true,
    text: 'Find peers on the local network by multicast DNS, and find them again when they move.',
  }),
  /** Tell the local network that this node is there. What that reveals is in docs/security.md. Default: `true`. */
  announce: toggle({
    default: true,
    text: 'Tell the local network that this node is there. What that reveals is in [security.md](security.md#the-local-network).',
  }),
}

/** All tables, as `OpenOptions` has them. */
export const optionTables = {
  ...nodeOptions,
  ...tunableOptions,
  reconnect: dialScheduleOptions,
  guests: guestOptions,
  broadcast: broadcastRelayOptions,
  discovery: discoveryOptions,
  limits: sessionOptions,
  keepAlive: keepAliveOptions,
}

/** The names of all options that can be changed while a node runs. */
export const tunable = [
  'keepAlive',
  'reconnect',
  'guests',
  ...(Object.keys(tunableOptions) as (keyof typeof tunableOptions)[]),
] as const

/** What guests may do. */
export type GuestOptions = OptionsOf<typeof guestOptions>

/** What a node passes on of the messages that its peers broadcast. */
export type BroadcastRelayOptions = OptionsOf<typeof broadcastRelayOptions>

/** What a node does on its local network (docs/discovery.md). */
export type DiscoveryOptions = Partial<OptionsOf<typeof discoveryOptions>>

/** A fixed cluster: nodes that share a secret are peers of each other without pairing. */
export interface NetworkOptions {
  /** At least 16 characters, and hard to guess: whoever knows it is a member (`openssl rand -hex 32` makes a good one). */
  readonly secret: string
  /** Where the members are, this node's own address included if it has one of its own: the same list at all of them. At most 1,024; default none. Those on one local network find each other without it. */
  readonly addresses?: readonly string[]
}

/** Options of a node, whatever it is opened on. */
export interface NodeOptions extends GivenOptions<typeof nodeOptions & typeof tunableOptions> {
  /** What to tell peers instead of the addresses listened on (behind a proxy or a forwarded port). */
  readonly advertise?: readonly string[] | undefined
  /** Bounds of each session; what is left out stays as it is by default. */
  readonly limits?: Partial<SessionLimits> | undefined
  /** Gets a line for each change of note, as `pino` takes them. Default: nobody. */
  readonly logger?: Logger | undefined
  /** What guests may do; what is left out stays as it is by default. */
  readonly guests?: GivenOptions<typeof guestOptions> | undefined
  /** What this node passes on of the messages that peers broadcast, and how far. */
  readonly broadcast?: GivenOptions<typeof broadcastRelayOptions> | undefined
  /** Default: no network. */
  readonly network?: NetworkOptions | undefined
  /** How links of all peers are watched; a peer's own setting goes before it. Default adaptive. */
  readonly keepAlive?: KeepAlive | undefined
  /** IP addresses of this machine to dial from, so that links go over several interfaces. Default: the system chooses. */
  readonly dialFrom?: readonly string[] | undefined
  /** When a peer is dialed again; what is left out stays as it is by default. */
  readonly reconnect?: GivenOptions<typeof dialScheduleOptions> | undefined
}

/** The options of `open`. A value that is out of its range is refused with `InvalidArgumentError`. */
export interface OpenOptions extends NodeOptions {
  /** The folder of identity, peers and settings; made if missing. One process may hold it at a time. */
  readonly dir: string
  /** What peers see at pairing; the machine's host name by default. */
  readonly name?: string | undefined
  /** Where to listen: `tcp://host:port`, port 0 for any. Default: all interfaces, on a port that is picked once and kept. An empty list: do not listen. */
  readonly listen?: readonly string[] | undefined
  /** Whether nodes of the local network find each other by mDNS, without which addresses have to be known. Default: both. */
  readonly discovery?: DiscoveryOptions | undefined
}

/** The options of a node that can be changed while it runs. */
export type NodeTuning = { readonly [Name in (typeof tunable)[number]]: NodeOptions[Name] | undefined }
