// What people here decided about a peer, checked as the rest of its record is (record.ts).
import { type KeepAlive, keepAliveOptions } from '../core/health/keep-alive.ts'
import type { OptionTable } from '../core/options.ts'
import { checkWholeNumber, isShowable, refuse } from './checks.ts'
import type { PeerRecord } from './store.ts'

/** The part of a record that people here decide. */
export type PeerChoices = Pick<
  PeerRecord,
  'relation' | 'paused' | 'blocked' | 'connectPolicy' | 'idleTimeoutMs' | 'keepAlive' | 'protocols' | 'named'
>

/** The limits of what is stored of the settings of a peer. */
export const settingsLimits = {
  /** Timers of the platform hold 31 bits, 24 days. */
  durationMsMax: 2 ** 31 - 1,
  protocolsMax: 64,
  /** As OPEN carries it (SPEC.md, section 2). */
  protocolBytesMax: 255,
} as const

/** What holds for a peer about whom nobody decided anything, and for those stored before these fields were. */
export const defaultChoices: PeerChoices = {
  relation: 'paired',
  paused: false,
  blocked: false,
  connectPolicy: 'always',
  idleTimeoutMs: undefined,
  keepAlive: undefined,
  protocols: 'all',
  named: false,
}

/** Throws `InvalidRecordError` if one of the choices cannot be stored. */
export function checkChoices(choices: PeerChoices): void {
  checkOneOf('relation', choices.relation, ['paired', 'member'])
  checkOneOf('paused', choices.paused, [false, true])
  checkOneOf('blocked', choices.blocked, [false, true])
  checkOneOf('connectPolicy', choices.connectPolicy, ['always', 'on-demand'])
  checkOneOf('named', choices.named, [false, true])
  const { idleTimeoutMs } = choices
  if (idleTimeoutMs !== undefined) checkWholeNumber('idleTimeoutMs', idleTimeoutMs, settingsLimits.durationMsMax, 1)
  if (choices.keepAlive !== undefined) checkKeepAlive(choices.keepAlive)
  if (choices.protocols !== 'all') checkProtocols(choices.protocols)
}

/** A copy that shares nothing with `choices` that can be changed; what is undefined in a keep-alive is left out. */
export function copyOfChoices(choices: PeerChoices): PeerChoices {
  const { relation, paused, blocked, connectPolicy, idleTimeoutMs, keepAlive, protocols, named } = choices
  return {
    relation,
    paused,
    blocked,
    connectPolicy,
    idleTimeoutMs,
    keepAlive: keepAlive && (defined(keepAlive) as KeepAlive),
    protocols: protocols === 'all' ? 'all' : [...protocols],
    named,
  }
}

function checkOneOf(field: string, value: unknown, allowed: readonly unknown[]): void {
  if (allowed.includes(value)) return
  const list = allowed.map((one) => JSON.stringify(one)).join(' or ')
  refuse(field, `The field '${field}' is ${JSON.stringify(value)}; it must be ${list}`)
}

function checkKeepAlive(keepAlive: unknown): void {
  if (typeof keepAlive !== 'object' || keepAlive === null) refuse('keepAlive', 'The keep-alive must be an object')
  const { mode, ...numbers } = defined(keepAlive)
  checkOneOf('keepAlive', mode, Object.keys(keepAliveOptions))
  const table: OptionTable = keepAliveOptions[mode as KeepAlive['mode']]
  for (const [name, value] of Object.entries(numbers)) {
    const row = Object.hasOwn(table, name) ? table[name] : undefined
    if (row === undefined) refuse('keepAlive', `The keep-alive '${String(mode)}' has no '${name}'; leave it out`)
    if (row.kind !== 'number') {
      if (typeof value !== 'boolean') refuse('keepAlive', `'${name}' of the keep-alive must be true or false`)
      continue
    }
    // Times may be stored up to what a timer holds; the node checks its own range.
    const max = (row.unit === undefined && row.most) || settingsLimits.durationMsMax
    if (!Number.isSafeInteger(value) || (value as number) < 1 || (value as number) > max) {
      refuse('keepAlive', `'${name}' of the keep-alive is ${String(value)}; it must be a whole number from 1 to ${max}`)
    }
  }
  const { intervalMsMin = 0, intervalMsMax = Number.POSITIVE_INFINITY } = numbers as Record<string, number>
  if (intervalMsMin > intervalMsMax) refuse('keepAlive', `'intervalMsMin' of the keep-alive is above 'intervalMsMax'`)
}

function checkProtocols(protocols: unknown): void {
  const { protocolsMax, protocolBytesMax } = settingsLimits
  if (!Array.isArray(protocols)) refuse('protocols', `The protocols of a peer must be 'all' or a list of names`)
  if (protocols.length > protocolsMax) {
    refuse('protocols', `A peer has ${protocols.length} protocols; name at most ${protocolsMax}, or 'all'`)
  }
  for (const name of protocols as unknown[]) {
    if (typeof name !== 'string' || name === '') refuse('protocols', 'A protocol must be text, and not empty')
    // No need to count the bytes of a huge one.
    if (name.length > protocolBytesMax || Buffer.byteLength(name) > protocolBytesMax) {
      refuse('protocols', `A protocol has a name of more than ${protocolBytesMax} bytes; shorten it`)
    }
    if (!isShowable(name)) {
      refuse(
        'protocols',
        `The protocol ${JSON.stringify(name)} holds control characters or half characters; remove them`,
      )
    }
  }
}

const defined = (fields: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
