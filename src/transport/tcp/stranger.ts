import type { Socket } from 'node:net'
import { type SecureContext, TLSSocket } from 'node:tls'
import { dialerExporterBytes, dialerProofBytes, dialerProofLabel, verifyDialer } from '../../identity/dialer-proof.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import { CappedSocket } from './capped-socket.ts'
import { type ClientHello, readClientHello } from './client-hello.ts'
import { endKeyUpdates } from './key-updates.ts'
import { certificateProtocol, listenOptions, type Protocol } from './tcp-security.ts'
import { tuneSocket } from './tcp-socket.ts'

/** What a dialer that shows a certificate sends after its first message, before its handshake is done. An honest one needs 580 bytes; what fits here costs OpenSSL 6 ms at most. */
const CERTIFICATE_BYTES_MAX = 1_024

/** Reads what somebody says first; `read` is called once, with that and its bytes. Whoever says something else, or more, is closed. */
export function receiveHello(socket: Socket, read: (hello: ClientHello, bytes: Buffer) => void): () => void {
  let hello: Buffer | undefined
  let bytes: Buffer = Buffer.alloc(0)
  const readable = (): void => {
    const more = socket.read() as Buffer | null
    if (more === null) return
    try {
      // Nothing may come before it is answered.
      if (hello !== undefined) throw new Error('More came before it was answered')
      bytes = bytes.length === 0 ? more : Buffer.concat([bytes, more])
      const parsed = readClientHello(bytes)
      if (parsed === undefined) return
      hello = bytes
      read(parsed, bytes)
    } catch {
      socket.destroy()
    }
  }
  socket.on('readable', readable)
  socket.read(0)
  return () => socket.off('readable', readable)
}

/** Begins the handshake with one who has said `hello`. `secured` is called when it is done, `flooded` when it changes its keys without end. */
export function secureSocket(
  socket: Socket,
  hello: Buffer,
  protocol: Protocol,
  secureContext: SecureContext,
  secured: (secure: TLSSocket) => void,
  flooded?: () => void,
): void {
  tuneSocket(socket)
  const options = { ...listenOptions(protocol), secureContext }
  let capped: CappedSocket | undefined
  if (protocol === certificateProtocol) capped = new CappedSocket(socket, CERTIFICATE_BYTES_MAX, hello)
  else socket.unshift(hello)
  const secure = new TLSSocket(capped ?? socket, options)
  // Node reports what goes wrong in TLS so on a socket that no TLS server owns; it says nothing else of errors after the handshake.
  secure.on('_tlsError', (error: Error) => void secure.destroy(error))
  secure.on('error', ignore)
  endKeyUpdates(secure, flooded)
  secure.once('secure', () => {
    capped?.lift()
    secured(secure)
  })
}

/** Reads the proof of who dialed, then calls `proven`; throws away a connection that proves nothing. */
export function receiveProof(secure: TLSSocket, listener: PeerId, proven: (id: PeerId) => void): void {
  const readable = (): void => {
    const proof = secure.read(dialerProofBytes) as Buffer | null
    if (proof === null || proof.length < dialerProofBytes) return
    secure.off('readable', readable)
    let id: PeerId
    try {
      const exporter = secure.exportKeyingMaterial(dialerExporterBytes, dialerProofLabel, Buffer.alloc(0))
      id = verifyDialer(proof, listener, exporter)
    } catch {
      secure.destroy()
      return
    }
    proven(id)
  }
  secure.on('readable', readable)
}

function ignore(): void {
  // The connection closes, which gives back its place.
}
