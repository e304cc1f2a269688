// All settings of the daemon. Most are options of the library, under a name that says the unit. The documentation, the flags, the environment's names and
// the example are made of this.
import { z } from 'zod'
import { dialableAddresses, filePath, hostAndPort, hostNames, ipAddresses, listenAddresses, nodeName } from './kinds.ts'
import { about, ofOption } from './option-setting.ts'

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

  admit: ofOption('admit', 'Who is let in', {
    otherwise: '`network` where there is a `networkSecretFile`, else `paired`',
    example: 'paired',
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
  guestsMax: ofOption('guests.max', 'Who is let in'),
  guestProtocols: ofOption('guests.protocols', 'Who is let in', { example: ['chat/1'] }),
  guestIdleTimeoutS: ofOption('guests.idleTimeoutMs', 'Who is let in'),

  direction: ofOption('direction', 'Dialing'),
  dialOrder: ofOption('dialOrder', 'Dialing'),
  reconnectionFirstWaitS: ofOption('reconnect.firstWaitMs', 'Dialing', { isDecimal: true }),
  reconnectionFactor: ofOption('reconnect.factor', 'Dialing'),
  reconnectionIntervalS: ofOption('reconnect.waitMsMax', 'Dialing', { isDecimal: true }),
  reconnectionJitter: ofOption('reconnect.jitter', 'Dialing'),
  reconnectionStableS: ofOption('reconnect.stableMs', 'Dialing', { isDecimal: true }),

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
  adaptiveKeepAliveMinS: ofOption('keepAlive.adaptive.intervalMsMin', 'Keep-alive'),
  adaptiveKeepAliveMaxS: ofOption('keepAlive.adaptive.intervalMsMax', 'Keep-alive'),
  fixedKeepAliveIntervalS: ofOption('keepAlive.fixed.intervalMs', 'Keep-alive'),
  fixedKeepAliveTimeoutS: ofOption('keepAlive.fixed.timeoutMs', 'Keep-alive'),
  fixedKeepAliveFailuresMax: ofOption('keepAlive.fixed.failures', 'Keep-alive'),
  tcpKeepAliveIdleS: ofOption('keepAlive.tcp.idleMs', 'Keep-alive'),
  tcpKeepAliveIntervalS: ofOption('keepAlive.tcp.intervalMs', 'Keep-alive'),
  tcpKeepAliveProbesMax: ofOption('keepAlive.tcp.probes', 'Keep-alive'),

  pingsUnderLoad: ofOption('keepAlive.tcp.pingsUnderLoad', 'Keep-alive'),

  multipathEnabled: z.boolean().default(false).register(about, {
    group: 'Links and sessions',
    text: 'Keep several links to each peer at once, over different interfaces or addresses.',
    reload: false,
  }),
  multipathLinks: ofOption('limits.linksWanted', 'Links and sessions', {
    text: 'How many links to keep to each peer, where `multipathEnabled`.',
    least: 2,
    default: 2,
  }),
  multipathMode: ofOption('limits.multipath', 'Links and sessions'),
  idleTimeoutS: ofOption('idleTimeoutMs', 'Links and sessions'),
  retentionS: ofOption('limits.retentionMs', 'Links and sessions'),

  broadcastRelayProtocols: ofOption('broadcast.relayProtocols', 'Links and sessions', { example: ['presence/1'] }),

  peersMax: ofOption('peersMax', 'Limits'),
  linksMax: ofOption('linksMax', 'Limits'),
  memoryBudgetMiB: ofOption('memoryBudgetBytes', 'Limits', { least: 1 }),

  mdnsEnabled: ofOption('discovery.mdns', 'Local network'),
  mdnsAnnounceEnabled: ofOption('discovery.announce', 'Local network'),

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
