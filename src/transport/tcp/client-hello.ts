// The first message of TLS 1.3 (RFC 8446, section 4.1.2), read before any of OpenSSL's work is done for the one who sent it.

/** The longest that is read, with its record's header. OpenSSL's with ML-KEM has 1,400 bytes. */
export const CLIENT_HELLO_BYTES_MAX = 4_096

const RECORD_HEADER_BYTES = 5
const HANDSHAKE_RECORD = 22
const CLIENT_HELLO = 1
const TLS_1_3 = 0x0304
const extension = { applicationProtocols: 16, supportedVersions: 43, keyShare: 51 } as const
/** X25519MLKEM768, X25519 and P-256: those that OpenSSL works on for less than a millisecond. */
const groups: ReadonlySet<number> = new Set([0x11ec, 0x001d, 0x0017])

/** What somebody sent first is not how a handshake of Holdfast begins. */
class ClientHelloError extends Error {
  override readonly name = 'ClientHelloError'
}

/** What a listener looks at. */
export interface ClientHello {
  /** The protocols offered (RFC 7301). */
  readonly protocols: readonly string[]
}

/**
 * Reads a ClientHello that is alone in one record and offers TLS 1.3 with a key share that can be used at once, so that no second one
 * follows. Undefined: there is more to come. Throws `ClientHelloError`.
 */
export function readClientHello(bytes: Buffer): ClientHello | undefined {
  const start = bytes.subarray(0, 6)
  const expected = [HANDSHAKE_RECORD, 3, undefined, undefined, undefined, CLIENT_HELLO]
  for (const [at, byte] of start.entries())
    if (byte !== (expected[at] ?? byte)) throw new ClientHelloError('it does not begin as TLS does')
  if (bytes.length < RECORD_HEADER_BYTES) return undefined
  const length = RECORD_HEADER_BYTES + bytes.readUInt16BE(3)
  if (length > CLIENT_HELLO_BYTES_MAX) throw new ClientHelloError(`it has ${length} bytes`)
  if (bytes.length > length) throw new ClientHelloError('more came before it was answered')
  if (bytes.length < length) return undefined
  try {
    return parse(new Reader(bytes.subarray(RECORD_HEADER_BYTES)))
  } catch (error) {
    if (error instanceof RangeError) throw new ClientHelloError('it is cut off', { cause: error })
    throw error
  }
}

function parse(record: Reader): ClientHello {
  record.take(1)
  const body = record.vector(3)
  record.end()
  // The legacy version, and 32 random bytes.
  body.take(34)
  body.vector(1)
  body.vector(2)
  body.vector(1)
  const list = body.vector(2)
  body.end()
  const extensions = new Map<number, Reader>()
  while (!list.isAtEnd) {
    const type = list.number(2)
    if (extensions.has(type)) throw new ClientHelloError('it has an extension twice')
    extensions.set(type, list.vector(2))
  }
  if (!numbersOf(extensions.get(extension.supportedVersions)?.vector(1)).includes(TLS_1_3))
    throw new ClientHelloError('it does not offer TLS 1.3')
  if (!keySharesOf(extensions.get(extension.keyShare)).some((group) => groups.has(group)))
    throw new ClientHelloError('it has no key share that is accepted')
  return { protocols: protocolsOf(extensions.get(extension.applicationProtocols)) }
}

function numbersOf(list: Reader | undefined): number[] {
  const numbers: number[] = []
  while (list?.isAtEnd === false) numbers.push(list.number(2))
  return numbers
}

function keySharesOf(value: Reader | undefined): number[] {
  const shares: number[] = []
  const list = value?.vector(2)
  while (list?.isAtEnd === false) {
    shares.push(list.number(2))
    list.vector(2)
  }
  return shares
}

function protocolsOf(value: Reader | undefined): string[] {
  const protocols: string[] = []
  const list = value?.vector(2)
  while (list?.isAtEnd === false) protocols.push(list.vector(1).text())
  return protocols
}

/** Reads fields one after another. Throws `RangeError` beyond the end. */
class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  number(size: number): number {
    const value = this.#bytes.readUIntBE(this.#at, size)
    this.#at += size
    return value
  }

  take(size: number): Buffer {
    const end = this.#at + size
    if (end > this.#bytes.length) throw new RangeError(`${end} is beyond ${this.#bytes.length} bytes`)
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }

  /** What stands behind its length, which has this many bytes. */
  vector(lengthSize: number): Reader {
    return new Reader(this.take(this.number(lengthSize)))
  }

  end(): void {
    if (!this.isAtEnd) throw new ClientHelloError('something follows where nothing may')
  }

  text(): string {
    return this.#bytes.toString('latin1')
  }
}
