// What a DNS packet (RFC 1035, section 4) costs to decode, found without decoding it: a name that is written once and pointed to from everywhere makes a small packet dear.

/** Questions and records of a packet. A node sends a dozen at most, and a question names 16 that are known. */
const RECORDS_MAX = 128
/** Of a name, as the sum of its labels with a length byte each (RFC 1035, section 3.1, without the root). */
const NAME_BYTES_MAX = 254
/** Pointers on the way through one name. Each shortens what is left of a name, so an honest one needs fewer than it has labels. */
const POINTERS_MAX = 16
/** Labels, pointers, strings and records of a packet: what more costs takes longer than half a millisecond to decode. A node sends 200 at most. */
export const PACKET_COST_MAX = 1_024

const HEADER_BYTES = 12
const COUNTS_AT = 4
/** Behind the name: type and class, and in records time to live and the length of the data as well. */
const QUESTION_BYTES = 4
const RECORD_BYTES = 10
const types = { a: 1, ptr: 12, txt: 16, aaaa: 28, srv: 33 } as const
const ADDRESS_BYTES = { [types.a]: 4, [types.aaaa]: 16 } as const
/** Of SRV, before the target. */
const SRV_BYTES = 6

/**
 * How many labels, pointers, strings and records a decoder meets. Undefined for a packet that is malformed, that costs more than `PACKET_COST_MAX`, or that has records of
 * types which nodes have no use for: decoders differ in how they read those.
 */
export function packetCost(packet: Uint8Array): number | undefined {
  try {
    return new Walk(packet).cost()
  } catch (error) {
    // A read beyond the end.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** One pass over a packet. What is wrong with it throws `RangeError`, as reading beyond its end does. */
class Walk {
  readonly #view: DataView
  #at = HEADER_BYTES
  #cost = 0

  constructor(packet: Uint8Array) {
    this.#view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength)
  }

  cost(): number {
    const [questions = 0, ...records] = [0, 2, 4, 6].map((at) => this.#view.getUint16(COUNTS_AT + at))
    const count = records.reduce((sum, section) => sum + section, 0)
    if (questions + count > RECORDS_MAX) throw new RangeError('Too many records')
    for (let at = 0; at < questions; at++) {
      this.#name()
      this.#skip(QUESTION_BYTES)
    }
    for (let at = 0; at < count; at++) this.#record()
    return this.#cost
  }

  #record(): void {
    this.#name()
    const type = this.#view.getUint16(this.#at)
    const bytes = this.#view.getUint16(this.#at + RECORD_BYTES - 2)
    this.#skip(RECORD_BYTES)
    const end = this.#at + bytes
    switch (type) {
      case types.a:
      case types.aaaa:
        this.#skip(ADDRESS_BYTES[type])
        break
      case types.ptr:
        this.#name()
        break
      case types.srv:
        this.#skip(SRV_BYTES)
        this.#name()
        break
      case types.txt:
        while (this.#at < end) this.#string()
        break
      default:
        throw new RangeError(`Records of type ${type} are not read`)
    }
    if (this.#at !== end) throw new RangeError('The data of a record is not as long as it says')
  }

  #string(): void {
    this.#pay()
    this.#skip(1 + this.#view.getUint8(this.#at))
  }

  /** Goes past a name, and pays for all of it, also for what it points to. */
  #name(): void {
    this.#pay()
    let at = this.#at
    /** A pointer leads before the part of the name that it stands in, so there is no circle. */
    let partAt = at
    let end: number | undefined
    let nameBytes = 0
    for (let pointers = 0; ; ) {
      const length = this.#view.getUint8(at)
      if (length === 0) break
      this.#pay()
      if (length < 0x40) {
        nameBytes += 1 + length
        at += 1 + length
        if (nameBytes > NAME_BYTES_MAX) throw new RangeError('A name is too long')
      } else {
        const target = this.#view.getUint16(at) - 0xc000
        if (target < HEADER_BYTES || target >= partAt || ++pointers > POINTERS_MAX)
          throw new RangeError('A bad pointer')
        end ??= at + 2
        at = target
        partAt = target
      }
    }
    this.#at = end ?? at + 1
  }

  #pay(): void {
    if (++this.#cost > PACKET_COST_MAX) throw new RangeError('It costs too much')
  }

  #skip(bytes: number): void {
    this.#at += bytes
    if (this.#at > this.#view.byteLength) throw new RangeError('It ends too early')
  }
}
