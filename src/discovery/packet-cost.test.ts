import { EventEmitter } from 'node:events'
import { array, assert, constantFrom, integer, oneof, property, tuple, uint8Array } from 'fast-check'
import multicastDns from 'multicast-dns'
import { describe, expect, it } from 'vitest'
import { peerIdFromPublicKey } from '../identity/peer-id.ts'
import { PacketSieve } from './multicast-socket.ts'
import { PACKET_COST_MAX, packetCost } from './packet-cost.ts'
import { type Answer, recordsOf, SERVICE } from './records.ts'

/** The library with a socket that goes nowhere: what it would send, and whether it can decode something. */
class Library {
  readonly #socket = new EventEmitter()
  readonly #dns: ReturnType<typeof multicastDns>
  #send: (packet: Buffer) => void = () => undefined

  constructor() {
    Object.assign(this.#socket, {
      send: (packet: Buffer) => this.#send(packet),
      bind: (_port: number, _address: string, bound: () => void) => bound(),
    })
    this.#dns = multicastDns({ socket: this.#socket as never, port: 5_353, multicast: false })
  }

  encode(send: (dns: ReturnType<typeof multicastDns>) => void): Promise<Buffer> {
    return new Promise((resolve) => {
      this.#send = resolve
      send(this.#dns)
    })
  }

  /** The questions and records of a packet; undefined if it cannot be decoded. */
  decode(packet: Uint8Array): number | undefined {
    let count: number | undefined
    const counted = ({ questions = [], answers = [], authorities = [], additionals = [] }: Sections): void => {
      count = questions.length + answers.length + authorities.length + additionals.length
    }
    this.#dns.on('packet', counted)
    this.#dns.once('warning', () => undefined)
    this.#socket.emit('message', Buffer.from(packet), { address: '192.0.2.1', port: 5_353 })
    this.#dns.removeAllListeners()
    return count
  }
}

interface Sections {
  readonly questions?: readonly unknown[]
  readonly answers?: readonly unknown[]
  readonly authorities?: readonly unknown[]
  readonly additionals?: readonly unknown[]
}

const library = new Library()
const header = (questions: number, answers: number, flags = 0x8400): Buffer => {
  const bytes = Buffer.alloc(12)
  for (const [at, value] of [0, flags, questions, answers].entries()) bytes.writeUInt16BE(value, 2 * at)
  return bytes
}
const root = Buffer.of(0)
const record = (name: Buffer, type: number, data: Buffer): Buffer =>
  Buffer.concat([name, Buffer.of(0, type, 0, 1, 0, 0, 0, 120, data.length >>> 8, data.length & 255), data])
const mark = Buffer.concat([Buffer.of(9), Buffer.from('_holdfast'), root])
const pointer = (to: number): Buffer => Buffer.of(0xc0 | (to >>> 8), to & 255)

/** A name of 119 labels, and records that are nothing but pointers to it, in name and data. */
function pointers(count: number): Buffer {
  const name = Buffer.concat([...Array.from({ length: 118 }, () => Buffer.of(1, 97)), mark])
  const question = Buffer.concat([name, Buffer.of(0, 12, 0, 1)])
  const records = Array.from({ length: count }, () => record(pointer(12), 12, pointer(12)))
  return Buffer.concat([header(1, count), question, ...records])
}

describe('what a packet of multicast DNS costs', () => {
  it('is found without decoding it: 624 compressed pointers in 9 kB are refused', () => {
    const packet = pointers(624)
    expect(packet.length).toBeLessThanOrEqual(9_000)
    expect(library.decode(packet)).toBe(625)
    expect(packetCost(packet)).toBeUndefined()
    expect(packetCost(pointers(2))).toBe(5 * 120 + 4)
  })

  it.each([
    ['counts in the header that are far beyond the packet', Buffer.concat([header(0xffff, 0xffff), mark])],
    ['9,000 empty strings in one TXT', Buffer.concat([header(0, 1), record(mark, 16, Buffer.alloc(8_900))])],
    ['a record of a type that is of no use, such as NSEC', Buffer.concat([header(0, 1), record(mark, 47, root)])],
    ['a pointer to itself', Buffer.concat([header(0, 1), record(pointer(12), 12, root)])],
    ['a pointer forward', Buffer.concat([header(0, 1), record(pointer(20), 12, root)])],
    ['a pointer into the header', Buffer.concat([header(0, 1), record(pointer(4), 12, root)])],
    ['a name that ends with the packet', Buffer.concat([header(1, 0), Buffer.of(5, 97, 97)])],
    ['a label of a kind that does not exist', Buffer.concat([header(1, 0), Buffer.of(0x80, 0, 0, 12, 0, 1)])],
    ['an address of five bytes', Buffer.concat([header(0, 1), record(mark, 1, Buffer.alloc(5))])],
    ['data that is longer than its name', Buffer.concat([header(0, 1), record(mark, 12, Buffer.alloc(3))])],
    ['a chain of pointers to pointers', Buffer.concat([header(0, 1), chain(100)])],
  ])('is not asked of %s', (_, packet) => {
    expect(packetCost(packet)).toBeUndefined()
  })

  /** One TXT record whose strings hold pointers, each to the one before, and whose name comes behind: it cannot be read twice alike. */
  function chain(count: number): Buffer {
    const links = Array.from({ length: count }, (_, at) => pointer(at === 0 ? 12 : 12 + 12 + 2 * (at - 1)))
    return Buffer.concat([record(root, 16, Buffer.concat(links)), record(pointer(12 + 10 + 2 * count), 12, root)])
  }

  it('is small for all that a node sends', async () => {
    const id = peerIdFromPublicKey(new Uint8Array(32).fill(7))
    const ips = Array.from({ length: 16 }, (_, at) => `10.0.0.${at}`)
    const on = { name: 'eth0', address: '10.0.0.0', netmask: '255.255.255.0', ips, subnets: [] } as never
    const name = 'x'.repeat(64)
    const records = recordsOf(id, { name, listening: ['tcp://0.0.0.0:4000'], acceptsPairing: true }, on)
    const [known] = records as [Answer]
    const packets = [
      await library.encode((dns) => dns.respond({ answers: records })),
      await library.encode((dns) =>
        dns.query({ questions: [{ name: SERVICE, type: 'PTR' }], answers: Array.from({ length: 16 }, () => known) }),
      ),
    ]
    for (const packet of packets) expect(packetCost(packet)).toBeLessThan(200)
    expect(records.length).toBe(19)
  })

  const encoded = library.encode((dns) =>
    dns.respond({
      answers: [
        { type: 'PTR', name: SERVICE, data: `x.${SERVICE}` },
        { type: 'SRV', name: `x.${SERVICE}`, data: { port: 1, target: 'x.local' } },
        { type: 'TXT', name: `x.${SERVICE}`, data: ['v=1', 'name=x'] },
        { type: 'A', name: 'x.local', data: '192.0.2.1' },
        { type: 'AAAA', name: 'x.local', data: '2001:db8::1' },
      ],
    }),
  )

  it('is never below the number of its records, and what is accepted can be decoded, whatever the bytes', async () => {
    const sent = await encoded
    const change = tuple(
      integer({ min: 0, max: sent.length - 1 }),
      oneof(integer({ min: 0, max: 255 }), constantFrom(0xc0, 0, 12, 63)),
    )
    let accepted = 0
    assert(
      property(oneof(array(change, { maxLength: 6 }), uint8Array({ maxLength: 300 })), (input) => {
        const packet = input instanceof Uint8Array ? input : Buffer.from(sent)
        if (!(input instanceof Uint8Array)) for (const [at, value] of input) packet[at] = value
        const cost = packetCost(packet)
        if (cost === undefined) return
        accepted++
        expect(cost).toBeLessThanOrEqual(PACKET_COST_MAX)
        const count = library.decode(packet)
        expect(count).toBeDefined()
        expect(cost).toBeGreaterThanOrEqual(count ?? 0)
      }),
      { numRuns: 5_000 },
    )
    expect(accepted).toBeGreaterThan(500)
  })
})

describe('the packets of an interface that are decoded', () => {
  const passed = (sieve: PacketSieve, packet: Buffer, nowMs: number): number =>
    Array.from({ length: 2_000 }, () => sieve.passes(packet, nowMs)).filter(Boolean).length

  it('are as many at once, and a second, as their cost allows', () => {
    const [cheap, dear] = [Buffer.concat([header(1, 0), mark, Buffer.of(0, 12, 0, 1)]), pointers(2)]
    const [first, second] = [new PacketSieve(), new PacketSieve()]
    expect([0, 1_000, 600_000].map((nowMs) => passed(first, cheap, nowMs))).toEqual([910, 227, 910])
    expect([0, 1_000, 600_000].map((nowMs) => passed(second, dear, nowMs))).toEqual([26, 6, 26])
  })

  it('are none of those that cost too much, do not concern Holdfast, or are too long', () => {
    const sieve = new PacketSieve()
    for (const packet of [
      pointers(624),
      Buffer.concat([header(1, 0), root, Buffer.of(0, 12, 0, 1)]),
      Buffer.concat([header(1, 0), mark, Buffer.of(0, 12, 0, 1), Buffer.alloc(9_000)]),
    ])
      expect(sieve.passes(packet, 0)).toBe(false)
  })
})
