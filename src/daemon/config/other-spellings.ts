// How other systems spell what the settings do: answered by the lines to write instead, with the value that was meant. docs/coming-from.md lists them by system.
import { isIP } from 'node:net'
import { literal } from './literal.ts'
import { bare } from './nearest.ts'
import type { SettingKey } from './schema.ts'
import { settingNamed } from './setting.ts'

/** Settings to write, and what else there is to know. */
interface Advice {
  readonly use: Readonly<Partial<Record<SettingKey, unknown>>>
  readonly note?: string
}

interface Spelling {
  /** In camel case; separators and case do not count when they are looked up. */
  readonly names: readonly string[]
  /** What to write for a value of the other spelling, where these are the other values of the same source. */
  advise(value: unknown, others: Readonly<Record<string, unknown>>): Advice
}

const PORT = 4001
/** Endings of names that tell the unit, and how many of them make a second. */
const units: readonly (readonly [ending: string, perSecond: number])[] = [
  ['milliseconds', 1_000],
  ['millis', 1_000],
  ['ms', 1_000],
  ['seconds', 1],
  ['secs', 1],
  ['sec', 1],
  ['s', 1],
]

const spellings: readonly Spelling[] = [
  {
    names: ['localIp', 'myIp', 'publicIp', 'externalIp', 'advertiseIp', 'advertiseAddress'],
    advise: (value, { listen }) => {
      const port = portOf(listen)
      const use = { advertise: [`tcp://${hostOf(value)}:${port ?? PORT}`] }
      return port === undefined
        ? { use: { ...use, listen: [`tcp://0.0.0.0:${PORT}`] }, note: 'dialOrder = "address" goes by it' }
        : { use, note: 'dialOrder = "address" goes by it' }
    },
  },
  {
    names: ['directAddresses', 'directAddrs', 'externalAddresses'],
    advise: (value) => ({
      use: { advertise: addressesOf(value) },
      note: 'peers learn the addresses that this node listens on by themselves, so leave it out unless they reach it by others',
    }),
  },
  { names: ['nickname', 'nodeName', 'deviceName'], advise: (value) => ({ use: { name: textOf(value) ?? 'alice' } }) },
  {
    names: ['port', 'listenPort'],
    advise: (value) => ({ use: { listen: [`tcp://0.0.0.0:${numberOf(value) ?? PORT}`] } }),
  },
  {
    names: ['listenAddress', 'listenAddr', 'bindAddress', 'bind'],
    advise: (value) => ({ use: { listen: addressesOf(value) } }),
  },
  {
    names: ['masternodes', 'bootstrapNodes', 'bootstrapPeers', 'staticPeers', 'nodes'],
    advise: (value) => ({
      use: { networkAddresses: addressesOf(value), networkSecretFile: 'network-secret' },
      note: 'the file has the secret that all of them share',
    }),
  },
  {
    names: ['outboundOnly', 'connectionDirection', 'lowerIpDials'],
    advise: () => ({ use: { direction: 'strict', dialOrder: 'address' } }),
  },
  {
    names: ['healthCheckInterval', 'pingInterval', 'keepAliveInterval', 'heartbeatInterval'],
    advise: (value) => fixed({ fixedKeepAliveIntervalS: secondsOf(value) ?? 60 }),
  },
  {
    names: ['healthCheckTimeout', 'pingTimeout', 'pongTimeout'],
    advise: (value) => fixed({ fixedKeepAliveTimeoutS: secondsOf(value) ?? 10 }),
  },
  {
    names: ['maxFailures', 'failureThreshold', 'failCount', 'maxMissedPongs', 'maxMissedPings'],
    advise: (value) => fixed({ fixedKeepAliveFailuresMax: numberOf(value) ?? 3 }),
  },
  {
    names: ['receiveTimeout'],
    advise: (value) => ({
      ...fixed({ fixedKeepAliveIntervalS: Math.round((secondsOf(value) ?? 300) / 3) }),
      note: 'three failed checks make that long a silence a loss',
    }),
  },
  {
    names: ['ping', 'pingEnabled', 'pingPong'],
    advise: (value) =>
      value === false || value === 'false'
        ? { use: { keepAliveMode: 'tcp', pingsUnderLoad: false } }
        : { use: { keepAliveMode: 'adaptive' } },
  },
  {
    names: ['tcpKeepAlive', 'tcpKeepAliveEnabled', 'soKeepAlive'],
    advise: (value) => ({ use: { keepAliveMode: value === false || value === 'false' ? 'adaptive' : 'tcp' } }),
  },
  {
    names: ['tcpKeepAliveTime', 'keepAliveTime', 'keepAliveIdle', 'tcpKeepIdle'],
    advise: (value) => ({ use: { keepAliveMode: 'tcp', tcpKeepAliveIdleS: secondsOf(value) ?? 30 } }),
  },
  {
    names: ['tcpKeepAliveInterval', 'tcpKeepIntvl'],
    advise: (value) => ({ use: { keepAliveMode: 'tcp', tcpKeepAliveIntervalS: secondsOf(value) ?? 10 } }),
  },
  {
    names: ['tcpKeepAliveRetries', 'keepAliveRetries', 'keepAliveProbes', 'tcpKeepCnt'],
    advise: (value) => ({ use: { keepAliveMode: 'tcp', tcpKeepAliveProbesMax: numberOf(value) ?? 3 } }),
  },
  { names: ['adaptiveKeepAlive'], advise: (value) => ({ use: { adaptiveKeepAliveEnabled: booleanOf(value) } }) },
  {
    names: ['adaptiveKeepAliveMin'],
    advise: (value) => ({ use: { adaptiveKeepAliveMinS: secondsOf(value) ?? 5 } }),
  },
  {
    names: ['adaptiveKeepAliveMax'],
    advise: (value) => ({ use: { adaptiveKeepAliveMaxS: secondsOf(value) ?? 120 } }),
  },
  {
    names: ['idleConnectionTimeout', 'connectionIdleTimeout', 'idleTimeout', 'maxIdleTimeout'],
    advise: (value) => ({
      use: { idleTimeoutS: secondsOf(value) ?? 0 },
      note: '0, the default, never closes what is idle; guestIdleTimeoutS is for guests',
    }),
  },
  {
    names: ['reconnectInterval', 'reconnectionInterval', 'reconnectDelay', 'maxBackoff', 'retryInterval'],
    advise: (value) => ({ use: { reconnectionIntervalS: secondsOf(value) ?? 60 } }),
  },
  {
    names: ['initialBackoff', 'minBackoff'],
    advise: (value) => ({ use: { reconnectionFirstWaitS: secondsOf(value) ?? 1 } }),
  },
  {
    names: ['backoffMultiplier', 'backoffFactor'],
    advise: (value) => ({ use: { reconnectionFactor: numberOf(value) ?? 4 } }),
  },
  { names: ['multipath'], advise: (value) => ({ use: { multipathEnabled: booleanOf(value) } }) },
  {
    names: ['mdns', 'localDiscovery', 'localAnnounceEnabled'],
    advise: (value) => ({ use: { mdnsEnabled: booleanOf(value) } }),
  },
  {
    names: ['maxConnections', 'connectionLimit'],
    advise: (value) => ({ use: { linksMax: numberOf(value) ?? 65_536 } }),
  },
  { names: ['maxPeers'], advise: (value) => ({ use: { peersMax: numberOf(value) ?? 65_536 } }) },
  {
    names: ['maxNegotiatingInboundStreams', 'alpn', 'relayUrl', 'homeRelay', 'relayMode'],
    advise: () => ({ use: {}, note: 'nothing has to be set for it; leave it out' }),
  },
]

const byName = new Map(spellings.flatMap((spelling) => spelling.names.map((name) => [bare(name), spelling] as const)))

/** Names that other systems have, in camel case. */
export const otherNames: readonly string[] = spellings.flatMap(({ names }) => names)

/** What to write for a setting that another system spells `name`: lines of the configuration, of which each is taken, and a note. Undefined for a name that is not known. */
export function otherSpelling(
  name: string,
  value: unknown,
  others: Readonly<Record<string, unknown>> = {},
):
  | { readonly use: readonly (readonly [key: SettingKey, value: unknown])[]; readonly note: string | undefined }
  | undefined {
  const found = find(bare(name))
  if (found === undefined) return undefined
  const { use, note } = found.spelling.advise(inSeconds(value, found.perSecond), others)
  return {
    use: Object.entries(use).map(([key, meant]) => [key as SettingKey, acceptable(key as SettingKey, meant)]),
    note,
  }
}

/** The advice as the end of a sentence. */
export function adviceText(
  name: string,
  value: unknown,
  others?: Readonly<Record<string, unknown>>,
): string | undefined {
  const advice = otherSpelling(name, value, others)
  if (advice === undefined) return undefined
  const lines = advice.use.map(([key, meant]) => `${key} = ${literal(meant)}`).join(' and ')
  return [lines && `use ${lines}`, advice.note].filter(Boolean).join('; ')
}

function find(wanted: string): { readonly spelling: Spelling; readonly perSecond: number } | undefined {
  const exact = byName.get(wanted)
  if (exact !== undefined) return { spelling: exact, perSecond: 1 }
  for (const [ending, perSecond] of units) {
    const spelling = wanted.endsWith(ending) ? byName.get(wanted.slice(0, -ending.length)) : undefined
    if (spelling !== undefined) return { spelling, perSecond }
  }
  return undefined
}

function inSeconds(value: unknown, perSecond: number): unknown {
  const number = perSecond === 1 ? undefined : numberOf(value)
  return number === undefined ? value : number / perSecond
}

/** The value, or else the nearest that is taken, or the setting's default or example. */
function acceptable(key: SettingKey, value: unknown): unknown {
  const setting = settingNamed(key)
  if (setting === undefined) throw new Error(`There is no setting ${key}`)
  const { form, about, defaultValue } = setting
  if (setting.parse(value).success) return value
  if (form.kind === 'number' && typeof value === 'number') {
    const whole = form.isWhole ? Math.round(value) : value
    return Math.min(Math.max(whole, form.min), form.max)
  }
  return about.example ?? defaultValue
}

function fixed(more: Advice['use']): Advice {
  return { use: { keepAliveMode: 'fixed', ...more } }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function booleanOf(value: unknown): boolean {
  return value !== false && value !== 'false'
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** A number counts seconds; text may name its unit, as in `2m`. */
function secondsOf(value: unknown): number | undefined {
  const [, count, unit = 's'] = (typeof value === 'string' && /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h)?$/.exec(value)) || []
  if (count === undefined) return numberOf(value)
  return Number(count) * ({ ms: 0.001, s: 1, m: 60, min: 60, h: 3_600 }[unit] ?? 1)
}

function addressesOf(value: unknown): string[] {
  const list = (Array.isArray(value) ? (value as unknown[]) : [value]).filter((one) => typeof one === 'string')
  return list.slice(0, 16).map((text) => {
    const withPort = /:\d+$/.test(text) && isIP(text) !== 6
    return `tcp://${withPort ? text.replace(/^[a-z]+:\/\//, '') : `${hostOf(text)}:${PORT}`}`
  })
}

function hostOf(value: unknown): string {
  const text = (textOf(value) ?? '192.0.2.10').replace(/^[a-z]+:\/\//, '').replace(/(?<=^[^:]*):\d+$/, '')
  return isIP(text) === 6 ? `[${text}]` : text
}

/** The port that the node listens on, if that is said and certain. */
function portOf(listen: unknown): number | undefined {
  const [first] = Array.isArray(listen) ? (listen as unknown[]) : []
  const port = typeof first === 'string' ? Number(/:(\d+)$/.exec(first)?.[1] ?? 0) : 0
  return port > 0 ? port : undefined
}
