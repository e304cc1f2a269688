import { connect as connectTcp, isIP, type Socket, type TcpNetConnectOpts } from 'node:net'
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls'
import type { Clock } from '../../clock.ts'
import { dialerExporterBytes, dialerProofLabel, proveDialer } from '../../identity/dialer-proof.ts'
import type { Identity } from '../../identity/identity.ts'
import type { PeerId } from '../../identity/peer-id.ts'
import type { CertificateVerifier } from '../../identity/verify-certificate.ts'
import { CertificateError } from '../../identity/verify-certificate.ts'
import { CappedSocket } from './capped-socket.ts'
import { endKeyUpdates } from './key-updates.ts'
import type { TcpAddress } from './tcp-address.ts'
import { TcpChannel } from './tcp-channel.ts'
import { ConnectError, connectFailure, NO_REPLY, WrongPeerError } from './tcp-errors.ts'
import { certifiedPeer, dialOptions, proofProtocol } from './tcp-security.ts'
import { tuneSocket } from './tcp-socket.ts'

/**
 * A connection on which not a byte has come back after this long is given up, a little before the attempt as a whole is (10 s), so that its error can tell it from a
 * machine that does not answer at all. The kernel has sent a hello that was lost four times by then.
 */
const REPLY_TIMEOUT_MS = 9_000

/** A connection that is closed sooner was refused; one that is closed later had no hello come through, several times. */
const SILENCE_MS_MIN = 3_000

/** What a listener sends before the handshake is done. Holdfast's needs 1,900 bytes, with ML-KEM. */
const HANDSHAKE_BYTES_MAX = 2_560

/** What a dial needs to know. */
export interface TcpDial {
  /** The address as it was given, for messages. */
  readonly text: string
  readonly address: TcpAddress
  /** Undefined: whoever proves an identity. */
  readonly expect: PeerId | undefined
  /** Where to dial from; undefined: the system chooses. */
  readonly localAddress: string | undefined
  /** See `DialOptions`. */
  readonly isDoubtful: boolean
  readonly identity: Identity
  readonly context: SecureContext
  readonly verifier: CertificateVerifier
  readonly clock: Clock
  /** See `DialOptions`. */
  readonly connected?: (() => void) | undefined
}

/**
 * Connects, shakes hands and makes sure that the expected peer answers. Once `signal` is aborted nothing of the attempt
 * is left, whatever stage it was in, and its reason is thrown.
 */
export async function dialTcp(dial: TcpDial, signal: AbortSignal): Promise<TcpChannel> {
  signal.throwIfAborted()
  const raw = connectTcp(connectOptions(dial))
  let socket: Socket = raw
  const abort = (): void => void socket.destroy()
  signal.addEventListener('abort', abort, { once: true })
  try {
    await happens(raw, 'connect')
    dial.connected?.()
    tuneSocket(raw)
    const capped = dial.isDoubtful ? new CappedSocket(raw, HANDSHAKE_BYTES_MAX) : undefined
    const secure = connectTls({ ...dialOptions, socket: capped ?? raw, secureContext: dial.context })
    socket = secure
    endKeyUpdates(secure)
    if (capped !== undefined) secure.once('secureConnect', () => capped.lift())
    await repliesTo(secure, raw, dial.clock)
    return authenticate(dial, secure, raw)
  } catch (error) {
    socket.destroy()
    signal.throwIfAborted()
    throw explain(dial, error)
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** A socket that is bound to an address reaches those of its own family alone, so a name is looked up for that one only. */
function connectOptions({ text, address, localAddress }: TcpDial): TcpNetConnectOpts {
  if (localAddress === undefined) return { ...address, autoSelectFamily: true }
  const family = isIP(localAddress)
  const other = isIP(address.host)
  if (family === 0 || (other !== 0 && other !== family)) throw new ConnectError(text, 'no-local-address', undefined)
  return { ...address, localAddress, family, autoSelectFamily: false }
}

/** Makes sure who has answered, and tells them who dials. */
function authenticate(dial: TcpDial, secure: TLSSocket, raw: Socket): TcpChannel {
  const actual = certifiedPeer(secure, dial.verifier, dial.clock.wallNow())
  if (dial.expect !== undefined && actual !== dial.expect) throw new WrongPeerError(dial.text, dial.expect, actual)
  if (secure.alpnProtocol === proofProtocol) {
    const exporter = secure.exportKeyingMaterial(dialerExporterBytes, dialerProofLabel, Buffer.alloc(0))
    secure.write(proveDialer(dial.identity, actual, exporter))
  }
  return new TcpChannel(secure, raw, 'outbound', actual, dial.clock)
}

function explain(dial: TcpDial, error: unknown): Error {
  if (error instanceof WrongPeerError) return error
  if (isMissing(error, dial.localAddress)) return new ConnectError(dial.text, 'no-local-address', error)
  const reason = error instanceof CertificateError ? 'not-holdfast' : connectFailure(error)
  return new ConnectError(dial.text, reason, error)
}

/** The address to dial from is not, or no longer, one of this machine. The system says so of the address dialed, too, if it is impossible. */
function isMissing(error: unknown, localAddress: string | undefined): boolean {
  return localAddress !== undefined && error instanceof Error && 'code' in error && error.code === 'EADDRNOTAVAIL'
}

/**
 * Resolves when TLS is done. Fails with `NO_REPLY` if nothing at all has come back after `REPLY_TIMEOUT_MS`, or until the other side gave the connection up: a listener
 * that waits for a hello in vain does so before this side does.
 */
async function repliesTo(secure: TLSSocket, raw: Socket, clock: Clock): Promise<void> {
  const sinceMs = clock.now()
  const noReply = (): Error => Object.assign(new Error('Nothing came back'), { code: NO_REPLY })
  const limit = clock.after(REPLY_TIMEOUT_MS, () => {
    if (raw.bytesRead === 0) secure.destroy(noReply())
  })
  try {
    await happens(secure, 'secureConnect')
  } catch (error) {
    throw raw.bytesRead === 0 && clock.now() - sinceMs >= SILENCE_MS_MIN ? noReply() : error
  } finally {
    limit.cancel()
  }
}

/** Resolves at the event; rejects if the socket fails or closes before. Leaves an error listener, as an unheard error ends the process. */
function happens(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = (): void => reject(Object.assign(new Error('The connection was closed'), { code: 'ECONNRESET' }))
    socket.on('error', reject)
    socket.once('close', closed)
    socket.once(event, () => {
      socket.removeListener('close', closed)
      resolve()
    })
  })
}
