import { ProtocolError } from '../errors.ts'
import { copyBytes, decodeText, readU16, readU48 } from './bytes.ts'
import { ADDRESSES_MAX, FEATURES_MAX, NAME_BYTES_MAX, NETWORK_PROOF_BYTES, TEXT_BYTES_MAX } from './constants.ts'
import type { Greeting, Instance } from './frames.ts'

/** Reads the fields of HELLO or ANSWER; unknown ones are passed over. */
export function decodeGreeting(body: Uint8Array): Greeting {
  const fields = splitFields(body)
  const minor = fields.get(1)
  const instance = fields.get(4)
  if (minor?.length !== 2) throw wrongField('minor version')
  if (instance?.length !== 14) throw wrongField('instance')
  return {
    minor: readU16(minor, 0),
    features: decodeFeatures(fields.get(2) ?? new Uint8Array(0)),
    name: boundedText(fields.get(3) ?? new Uint8Array(0), NAME_BYTES_MAX, 'name'),
    instance: readInstance(instance, 0),
    addresses: decodeAddresses(fields.get(5) ?? new Uint8Array(0)),
    ticket: optionalBytes(fields.get(6), 8, 'ticket'),
    observed: optionalText(fields.get(7)),
    network: optionalBytes(fields.get(8), NETWORK_PROOF_BYTES, 'network proof'),
    relation: optionalBytes(fields.get(9), 1, 'relation')?.[0],
    pairing: optionalBytes(fields.get(10), 1, 'pairing')?.[0],
  }
}

export function readInstance(bytes: Uint8Array, at: number): Instance {
  return { start: readU48(bytes, at), random: copyBytes(bytes, at + 6, at + 14) }
}

/** Text of at most `bytesMax` bytes. */
export function boundedText(bytes: Uint8Array, bytesMax: number, what: string): string {
  if (bytes.length > bytesMax)
    throw new ProtocolError('text', `The ${what} has ${bytes.length} bytes, more than ${bytesMax}`)
  try {
    return decodeText(bytes)
  } catch {
    throw new ProtocolError('text', `The ${what} is not valid UTF-8`)
  }
}

function splitFields(body: Uint8Array): Map<number, Uint8Array> {
  const fields = new Map<number, Uint8Array>()
  for (let at = 0; at < body.length; ) {
    if (at + 3 > body.length) throw wrongField('list of fields')
    const id = body[at]!
    const end = at + 3 + readU16(body, at + 1)
    if (end > body.length || fields.has(id)) throw wrongField(`field ${id}`)
    fields.set(id, body.subarray(at + 3, end))
    at = end
  }
  return fields
}

function decodeFeatures(value: Uint8Array): number[] {
  if (value.length % 2 !== 0 || value.length > 2 * FEATURES_MAX) throw wrongField('features')
  return Array.from({ length: value.length / 2 }, (_, i) => readU16(value, 2 * i))
}

function decodeAddresses(value: Uint8Array): string[] {
  const addresses: string[] = []
  for (let at = 0; at < value.length; ) {
    const end = at + 1 + value[at]!
    if (end > value.length || addresses.length === ADDRESSES_MAX) throw wrongField('addresses')
    addresses.push(boundedText(value.subarray(at + 1, end), TEXT_BYTES_MAX, 'address'))
    at = end
  }
  return addresses
}

function optionalBytes(value: Uint8Array | undefined, length: number, what: string): Uint8Array | undefined {
  if (value !== undefined && value.length !== length) throw wrongField(what)
  return value && copyBytes(value)
}

function optionalText(value: Uint8Array | undefined): string | undefined {
  return value === undefined ? undefined : boundedText(value, TEXT_BYTES_MAX, 'observed address')
}

function wrongField(what: string): ProtocolError {
  return new ProtocolError('field', `The ${what} of the greeting is missing or malformed`)
}
