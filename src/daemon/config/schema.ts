// All settings of the daemon: names, ranges, defaults, and what they are for. The documentation, the flags, the environment's names and the
// example are made of this.
import { z } from 'zod'
import {
  decimal,
  dialableAddresses,
  filePath,
  hostAndPort,
  hostNames,
  ipAddresses,
  listenAddresses,
  nodeName,
  protocolNames,
  whole,
} from './kinds.ts'

export const groups = [
  'This node',
  'Who is let in',
  'Dialing',
  'Keep-alive',
  'Links and sessions',
  'Limits',
  'Local network',
  'API and dashboard',
  'Log',
] as const

export interface About {
  readonly group: (typeof groups)[number]
  /** One or two sentences; in Markdown where that helps. */
  readonly text: string
  /** What the number counts. */
  readonly unit?: 'seconds' | 'MiB'
  /** What holds where nothing is said, if that is no value. */
  readonly otherwise?: string
  /** A value to show where there is no default. */
  readonly example?: string | readonly string[]
  /** Whether it changes at a reload; else at the next start. */
  readonly reload: boolean
}

/** What is known of each setting beside its form. */
export const about = z.registry<About>()

const DAY_S = 86_400
const HOUR_S = 3_600

export const configSchema = z.strictObject({
  name: nodeName.optional().register(about, {
    group: 'This node',
    text: 'What peers call this node at pairing.',
    otherwise: 'the name of this machine',
    example: 'workshop',
    reload: false,
  }),
  listen: listenAddresses(16)
    .optional()
    .register(about, {
      group: 'This node',
      text: 'Where to listen for peers: IP addresses of this machine, `0.0.0.0` or `[::]` for all of them, port 0 for any. An empty list: do not listen, only dial.',
      otherwise: 'all interfaces, on a port that is picked at the first start and kept',
      example: ['tcp://0.0.0.0:4001'],
      reload: false,
    }),
  advertise: dialableAddresses(16)
    .optional()
    .register(about, {
      group: 'This node',
      text: 'Which addresses to tell peers, where they reach this node by others than it listens on: behind a proxy or a forwarded port.',
      otherwise: 'the addresses listened on',
      example: ['tcp://example.net:4001'],
      reload: false,
    }),
  dialFrom: ipAddresses(16)
    .default([])
    .register(about, {
      group: 'This node',
      text: 'IP addresses of this machine to dial from, so that links go over several interfaces. Empty: the system chooses.',
      example: ['192.0.2.10', '198.51.100.10'],
      reload: false,
    }),

  admit: z.enum(['paired', 'network', 'anyone']).optional().register(about, {
    group: 'Who is let in',
    text: 'Who may connect beside those that are paired: nobody, members of the network, or anyone as a guest.',
    otherwise: '`network` where there is a `networkSecretFile`, else `paired`',
    example: 'paired',
    reload: false,
  }),
  networkSecretFile: filePath.optional().register(about, {
    group: 'Who is let in',
    text: 'The file with the secret of a network, whose members are peers without pairing (`openssl rand -hex 32` makes a good one). Other users must not be able to read it. A relative path counts from the folder of the configuration.',
    otherwise: 'no network',
    example: '/etc/holdfast/network-secret',
    reload: false,
  }),
  networkAddresses: dialableAddresses(1_024)
    .default([])
    .register(about, {
      group: 'Who is let in',
      text: 'Where the members of the network are, the same list at all of them. Those on one local network find each other without it.',
      example: ['tcp://10.0.0.1:4001', 'tcp://10.0.0.2:4001'],
      reload: false,
    }),
  guestsMax: whole(0, 65_536).default(64).register(about, {
    group: 'Who is let in',
    text: 'Guests at a time, where `admit` is `anyone`.',
    reload: true,
  }),
  guestProtocols: protocolNames(64)
    .default([])
    .register(about, {
      group: 'Who is let in',
      text: 'The protocols that guests may use; `["all"]` for all.',
      example: ['chat/1'],
      reload: true,
    }),
  guestIdleTimeoutS: whole(1, 24 * DAY_S)
    .default(HOUR_S)
    .register(about, {
      group: 'Who is let in',
      text: 'How long a guest without an open stream keeps its link.',
      unit: 'seconds',
      reload: true,
    }),

  direction: z.enum(['graceful', 'strict']).default('graceful').register(about, {
    group: 'Dialing',
    text: 'Who of two peers dials. `graceful`: the lower side, or the one that dialed last, at once, and the other 2 s later. `strict`: the lower side alone, ever.',
    reload: false,
  }),
  dialOrder: z.enum(['id', 'address']).default('id').register(about, {
    group: 'Dialing',
    text: 'What makes a side the lower one: its id, or the first address that it advertises (by IP, port, then id).',
    reload: false,
  }),
  reconnectionFirstWaitS: decimal(0.1, HOUR_S).default(1).register(about, {
    group: 'Dialing',
    text: 'The wait after the first attempt to reach a peer again, which is made at once.',
    unit: 'seconds',
    reload: true,
  }),
  reconnectionFactor: decimal(1, 10).default(1.5).register(about, {
    group: 'Dialing',
    text: 'Each further wait is so many times the one before.',
    reload: true,
  }),
  reconnectionIntervalS: decimal(0.1, HOUR_S).default(60).register(about, {
    group: 'Dialing',
    text: 'The longest wait between two attempts. A peer that stays away is tried at this interval for ever.',
    unit: 'seconds',
    reload: true,
  }),
  reconnectionJitter: decimal(0, 0.5).default(0.2).register(about, {
    group: 'Dialing',
    text: 'Each wait is drawn anew from 1 − jitter to 1 + jitter, so that many nodes do not dial in step.',
    reload: true,
  }),
  reconnectionStableS: decimal(0, HOUR_S).default(10).register(about, {
    group: 'Dialing',
    text: 'A connection that held so long starts the waits anew.',
    unit: 'seconds',
    reload: true,
  }),

  keepAliveMode: z.enum(['adaptive', 'fixed', 'tcp']).optional().register(about, {
    group: 'Keep-alive',
    text: 'How idle links are watched: pinged the more often the worse they do, pinged at one interval, or by the system’s own TCP keep-alive alone.',
    otherwise: '`adaptive`, or `fixed` where `adaptiveKeepAliveEnabled` is `false`',
    example: 'adaptive',
    reload: true,
  }),
  adaptiveKeepAliveEnabled: z.boolean().optional().register(about, {
    group: 'Keep-alive',
    text: 'The same as `keepAliveMode`, as other systems have it: `true` is `adaptive`, `false` is `fixed`.',
    otherwise: 'as `keepAliveMode` says',
    example: 'true',
    reload: true,
  }),
  adaptiveKeepAliveMinS: whole(1, DAY_S).default(5).register(about, {
    group: 'Keep-alive',
    text: 'The shortest time between pings of an idle link, for the worst ones.',
    unit: 'seconds',
    reload: true,
  }),
  adaptiveKeepAliveMaxS: whole(1, DAY_S).default(120).register(about, {
    group: 'Keep-alive',
    text: 'The longest time between pings of an idle link, for the best ones.',
    unit: 'seconds',
    reload: true,
  }),
  fixedKeepAliveIntervalS: whole(1, DAY_S).default(60).register(about, {
    group: 'Keep-alive',
    text: 'The time between pings, where the mode is `fixed`.',
    unit: 'seconds',
    reload: true,
  }),
  fixedKeepAliveTimeoutS: whole(1, DAY_S).default(10).register(about, {
    group: 'Keep-alive',
    text: 'How long an answer may take, where the mode is `fixed`.',
    unit: 'seconds',
    reload: true,
  }),
  fixedKeepAliveFailuresMax: whole(1, 100).default(3).register(about, {
    group: 'Keep-alive',
    text: 'So many pings in a row without a sign of life, and the link is lost, where the mode is `fixed`.',
    reload: true,
  }),
  tcpKeepAliveIdleS: whole(1, DAY_S).default(30).register(about, {
    group: 'Keep-alive',
    text: 'The silence after which the system asks the other end for the first time, where the mode is `tcp`.',
    unit: 'seconds',
    reload: true,
  }),
  tcpKeepAliveIntervalS: whole(1, DAY_S).default(10).register(about, {
    group: 'Keep-alive',
    text: 'The time between the system’s probes, where the mode is `tcp`.',
    unit: 'seconds',
    reload: true,
  }),
  tcpKeepAliveProbesMax: whole(1, 100).default(3).register(about, {
    group: 'Keep-alive',
    text: 'So many unanswered probes end the connection, where the mode is `tcp`.',
    reload: true,
  }),

  pingsUnderLoad: z.boolean().default(true).register(about, {
    group: 'Keep-alive',
    text: 'Whether links that carry data are pinged, where the mode is `tcp`. With `false` this node never pings; what it then cannot do is in [health.md](health.md#no-pings-at-all).',
    reload: true,
  }),

  multipathEnabled: z.boolean().default(false).register(about, {
    group: 'Links and sessions',
    text: 'Keep several links to each peer at once, over different interfaces or addresses.',
    reload: false,
  }),
  multipathLinks: whole(2, 8).default(2).register(about, {
    group: 'Links and sessions',
    text: 'How many links to keep to each peer, where `multipathEnabled`.',
    reload: false,
  }),
  multipathMode: z.enum(['failover', 'aggregate']).default('failover').register(about, {
    group: 'Links and sessions',
    text: 'What several links are for: one carries everything and the others stand by, or each carries some of the streams.',
    reload: false,
  }),
  idleTimeoutS: whole(0, 24 * DAY_S)
    .default(0)
    .register(about, {
      group: 'Links and sessions',
      text: 'A peer without an open stream is let go of after so long, and dialed when it is needed. 0: never, peers are held. A peer that has an idle timeout of its own keeps that.',
      unit: 'seconds',
      reload: true,
    }),
  retentionS: whole(1, 24 * DAY_S)
    .default(HOUR_S)
    .register(about, {
      group: 'Links and sessions',
      text: 'How long a session is kept without a link, so that its streams can go on.',
      unit: 'seconds',
      reload: false,
    }),

  broadcastRelayProtocols: protocolNames(64)
    .default([])
    .register(about, {
      group: 'Links and sessions',
      text: 'The protocols whose broadcasts are passed on from one peer to the others, within [bounds](broadcast.md); `["all"]` for all. Empty: none, since the daemon itself listens for none.',
      example: ['presence/1'],
      reload: false,
    }),

  peersMax: whole(1, 1_000_000).default(65_536).register(about, {
    group: 'Limits',
    text: 'Peers, guests included; others are refused.',
    reload: true,
  }),
  linksMax: whole(1, 1_000_000).default(65_536).register(about, {
    group: 'Limits',
    text: 'Links of all peers together; others are refused.',
    reload: true,
  }),
  memoryBudgetMiB: whole(1, 1_048_576).default(256).register(about, {
    group: 'Limits',
    text: 'What all sessions together may grow to beyond their first limits.',
    unit: 'MiB',
    reload: false,
  }),

  mdnsEnabled: z.boolean().default(true).register(about, {
    group: 'Local network',
    text: 'Find peers on the local network by multicast DNS, and find them again when they move.',
    reload: false,
  }),
  mdnsAnnounceEnabled: z.boolean().default(true).register(about, {
    group: 'Local network',
    text: 'Tell the local network that this node is there. What that reveals is in [security.md](security.md#the-local-network).',
    reload: false,
  }),

  apiEnabled: z.boolean().default(true).register(about, {
    group: 'API and dashboard',
    text: 'Serve the API and the dashboard. Without it, other commands cannot speak to this daemon.',
    reload: false,
  }),
  apiListen: hostAndPort.default('127.0.0.1:7411').register(about, {
    group: 'API and dashboard',
    text: 'Where the API and the dashboard are served. If nobody has set this and the port is taken, another one is chosen, and tried first at the next start. The traffic is not encrypted: leave it on this machine, or put a proxy with TLS in front.',
    reload: false,
  }),
  apiHosts: hostNames(16)
    .default([])
    .register(about, {
      group: 'API and dashboard',
      text: 'Further names by which browsers and programs may address the API, beside the address that it listens on and `localhost`.',
      example: ['holdfast.example.net'],
      reload: false,
    }),

  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info').register(about, {
    group: 'Log',
    text: 'How much is written. A day on which nothing happens adds nothing, at any level.',
    reload: true,
  }),
  logFormat: z.enum(['pretty', 'json']).optional().register(about, {
    group: 'Log',
    text: 'Lines for people, or one JSON object a line for programs.',
    otherwise: '`pretty` on a terminal, else `json`',
    example: 'json',
    reload: false,
  }),
})

/** The values of all settings. */
export type Settings = z.infer<typeof configSchema>
export type SettingKey = keyof Settings

/** What a daemon is opened with: its settings and the folder in which it lives, which no file can say, since the other commands need it to find the daemon. */
export interface DaemonConfig extends Settings {
  readonly dir: string
}
