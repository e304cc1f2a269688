// The reference: node:tls as a careful program would use it, with the same protocol version, cipher and kind of keys as
// Holdfast.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type TLSSocket } from 'node:tls'
import type { ByteStream, Client, Contestant, Listener, ListenOptions } from '../contestant.ts'
import { type Credentials, selfSigned } from './certificate.ts'
import { DuplexStream } from './duplex.ts'

interface Invitation extends Credentials {
  readonly port: number
  readonly ca: string
}

export const TLS_OPTIONS = {
  minVersion: 'TLSv1.3',
  maxVersion: 'TLSv1.3',
  ciphers: 'TLS_AES_128_GCM_SHA256',
} as const

export const tls: Contestant = {
  traits: { multiplexes: false, survivesReset: false },
  listen,
  join: async (invitation) => new TlsClient(JSON.parse(invitation) as Invitation),
}

async function listen({ serve, proxyPort }: ListenOptions): Promise<Listener> {
  const own = selfSigned('server')
  const theirs = selfSigned('client')
  const options = {
    ...TLS_OPTIONS,
    ...own,
    ca: theirs.cert,
    requestCert: true,
    rejectUnauthorized: true,
    noDelay: true,
  }
  const server = createServer(options, (socket) => serve(new DuplexStream(socket)))
  // A handshake that a reset cuts short is no matter of the server's.
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1', 4_096)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const invitation: Invitation = { ...theirs, ca: own.cert, port: proxyPort ?? port }
  return { port, invite: async () => JSON.stringify(invitation) }
}

class TlsClient implements Client {
  readonly #invitation: Invitation
  readonly #sockets = new Set<TLSSocket>()

  constructor(invitation: Invitation) {
    this.#invitation = invitation
  }

  async connect(): Promise<void> {}

  async openStream(): Promise<ByteStream> {
    const { port, ca, key, cert } = this.#invitation
    // Both certificates are pinned, so the name in them says nothing.
    const options = { ...TLS_OPTIONS, host: '127.0.0.1', port, ca, key, cert, checkServerIdentity: () => undefined }
    const socket = connect(options)
    socket.setNoDelay(true)
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    await once(socket, 'secureConnect')
    return new DuplexStream(socket)
  }

  async disconnect(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
  }

  close(): Promise<void> {
    return this.disconnect()
  }
}
