// What an address answers when it is dialed just now.
import { networkInterfaces } from 'node:os'
import type { PeerId } from '../../identity/peer-id.ts'
import type { Node } from '../../node/api.ts'
import { parseTcpAddress } from '../../transport/tcp/tcp-address.ts'
import { ConnectError, type ConnectFailure } from '../../transport/tcp/tcp-errors.ts'

/** What is needed to dial. */
export interface Dialing {
  readonly node: Node
  /** An address that has not answered by then is taken for silent. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

export type Dialed =
  | { readonly kind: 'answered'; readonly address: string; readonly totalMs: number }
  | { readonly kind: 'this-node'; readonly address: string }
  | { readonly kind: 'somebody-else'; readonly address: string; readonly id: PeerId }
  | {
      readonly kind: 'failed'
      readonly address: string
      readonly reason: ConnectFailure
      readonly text: string
      /** Where the reason is `no-reply`: what came of sending one small packet. */
      readonly small?: SmallReply
    }

/** `interface`: of this machine, that leads there; undefined if it is not known. */
export type SmallReply =
  | { readonly kind: 'answered'; readonly interface: string | undefined }
  | { readonly kind: 'silent' }

/** Dials without a greeting, so that no session notices. Throws the reason of `signal` when that is aborted. */
export async function dialed(dialing: Dialing, address: string, expect: PeerId): Promise<Dialed> {
  const { node, timeoutMs, signal } = dialing
  const limit = AbortSignal.timeout(timeoutMs)
  let isTaken = false
  const connected = (): void => {
    isTaken = true
  }
  try {
    const { id, totalMs } = await node.probe(address, { signal: AbortSignal.any([signal, limit]), connected })
    if (id === expect) return { kind: 'answered', address, totalMs }
    return id === node.id ? { kind: 'this-node', address } : { kind: 'somebody-else', address, id }
  } catch (error) {
    signal.throwIfAborted()
    if (limit.aborted && isTaken) return noReply(dialing, address)
    const reason = limit.aborted ? 'timed-out' : error instanceof ConnectError ? error.reason : 'failed'
    const text = limit.aborted ? `no answer within ${timeoutMs / 1000} s` : (failures[reason] ?? sentence(error))
    return { kind: 'failed', address, reason, text }
  }
}

/** The connection was taken, and the handshake came to nothing: whether a small packet is answered tells a path that loses large ones from a program that hangs. */
async function noReply({ node, timeoutMs, signal }: Dialing, address: string): Promise<Dialed> {
  const failed = { kind: 'failed', address, reason: 'no-reply' } as const
  try {
    const own = await node.probeSmall(address, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) })
    const text = 'takes the connection and answers a small packet, and nothing comes back to a handshake'
    return { ...failed, text, small: { kind: 'answered', interface: interfaceOf(own) } }
  } catch {
    signal.throwIfAborted()
    const text = 'takes the connection, and nothing comes back, not even to a small packet'
    return { ...failed, text, small: { kind: 'silent' } }
  }
}

/** The interface of this machine that has the address. */
function interfaceOf(address: string): string | undefined {
  const { host } = parseTcpAddress(address)
  const all = Object.entries(networkInterfaces())
  return all.find(([, infos = []]) => infos.some((info) => info.address === host))?.[0]
}

/** In few words; what else goes wrong speaks for itself. */
const failures: Readonly<Record<ConnectFailure, string | undefined>> = {
  'name-not-found': 'its name cannot be resolved',
  refused: 'refused: the machine is there, and nothing listens on that port',
  unreachable: 'there is no route to it',
  'no-local-address': 'this machine has no address to dial it from',
  'timed-out': 'no answer',
  'no-reply': 'it took the connection, and nothing came back',
  closed: 'it closed the connection during the handshake',
  'not-holdfast': 'something answers there that is no Holdfast node',
  failed: undefined,
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
