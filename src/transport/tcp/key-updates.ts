import type { TLSSocket } from 'node:tls'

/** A handshake makes six secrets. No Holdfast changes keys afterwards, and few other programs do so more than now and then. */
const SECRETS_MAX = 32

/**
 * Ends a connection whose other side asks for new keys over and over (KeyUpdate, RFC 8446, section 4.6.3), which costs OpenSSL 20 µs and sends nothing. `flooded` is called
 * first. OpenSSL tells of each new secret; what of it stands in the same read it still works on.
 */
export function endKeyUpdates(secure: TLSSocket, flooded?: () => void): void {
  let secrets = 0
  const made = (): void => {
    secrets++
    if (secrets <= SECRETS_MAX) return
    secure.off('keylog', made)
    // OpenSSL is in the middle of its work.
    setImmediate(() => {
      flooded?.()
      secure.destroy(new Error('The other side changes its keys without end'))
    })
  }
  secure.on('keylog', made)
}
