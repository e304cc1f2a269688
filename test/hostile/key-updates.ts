// TLS messages that no library sends on demand, sealed with the keys of a connection (RFC 8446, sections 4.6.3, 5.2 and 7.2).
import { createCipheriv, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { TcpAddress } from '../../src/transport/tcp/tcp-address.ts'

const KEY_BYTES = 16
const IV_BYTES = 12
const TAG_BYTES = 16
const HASH_BYTES = 32
const APPLICATION_DATA = 23
const HANDSHAKE = 22
/** KeyUpdate, one byte: please do so too. */
const keyUpdate = Uint8Array.of(24, 0, 0, 1, 1)

/** A stranger who has done the handshake of protocol 1.3, and goes on with nothing but changes of its keys. */
export class KeyUpdater {
  readonly socket: Socket
  readonly secure: TLSSocket
  #secret: Buffer

  private constructor(socket: Socket, secure: TLSSocket, secret: Buffer) {
    this.socket = socket
    this.secure = secure
    this.#secret = secret
  }

  static async connect(address: TcpAddress & { readonly localAddress?: string }): Promise<KeyUpdater> {
    const socket = connectTcp(address)
    const secure = connectTls({
      socket,
      ALPNProtocols: ['holdfast/1.3'],
      minVersion: 'TLSv1.3',
      ciphers: 'TLS_AES_128_GCM_SHA256',
      rejectUnauthorized: false,
    })
    secure.on('error', () => undefined)
    let secret = ''
    secure.on('keylog', (line: Buffer) => {
      const [label, , value = ''] = line.toString().trim().split(' ')
      if (label === 'CLIENT_TRAFFIC_SECRET_0') secret = value
    })
    await once(secure, 'secureConnect')
    // Finished leaves after this event, and nothing of ours may go before it.
    await nextTurn()
    await nextTurn()
    return new KeyUpdater(socket, secure, Buffer.from(secret, 'hex'))
  }

  /** The next so many changes of keys, as records; `before`: how many records were sent under the present key. */
  next(count: number, before = 0): Buffer {
    return Buffer.concat(
      Array.from({ length: count }, (_, at) => {
        const record = this.#record(keyUpdate, HANDSHAKE, at === 0 ? before : 0)
        this.#secret = expand(this.#secret, 'traffic upd', HASH_BYTES)
        return record
      }),
    )
  }

  /** Data in one record, to be sent after the last change of keys and before the next. */
  data(bytes: Uint8Array): Buffer {
    return this.#record(bytes, APPLICATION_DATA)
  }

  #record(content: Uint8Array, type: number, number = 0): Buffer {
    const [key, iv] = [expand(this.#secret, 'key', KEY_BYTES), expand(this.#secret, 'iv', IV_BYTES)]
    const plain = Buffer.from([...content, type])
    const head = Buffer.from([APPLICATION_DATA, 3, 3, 0, plain.length + TAG_BYTES])
    // The number of the record under its key is added to the iv.
    iv.writeUInt8((iv.at(-1) ?? 0) ^ number, IV_BYTES - 1)
    const cipher = createCipheriv('aes-128-gcm', key, iv)
    cipher.setAAD(head)
    return Buffer.concat([head, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  }
}

/** HKDF-Expand-Label without a context. */
function expand(secret: Buffer, label: string, length: number): Buffer {
  const text = Buffer.from(`tls13 ${label}`)
  const info = Buffer.concat([Buffer.from([0, length, text.length]), text, Buffer.from([0])])
  // One block is enough for all of them.
  return createHmac('sha256', secret).update(info).update(Uint8Array.of(1)).digest().subarray(0, length)
}
