// What an address answers when it is dialed just now.
import type { PeerId } from '../../identity/peer-id.ts'
import type { Node } from '../../node/api.ts'
import { ConnectError, type ConnectFailure } from '../../transport/tcp-errors.ts'

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
  | { readonly kind: 'failed'; readonly address: string; readonly reason: ConnectFailure; readonly text: string }

/** Dials without a greeting, so that no session notices. Throws the reason of `signal` when that is aborted. */
export async function dialed({ node, timeoutMs, signal }: Dialing, address: string, expect: PeerId): Promise<Dialed> {
  const limit = AbortSignal.timeout(timeoutMs)
  try {
    const { id, totalMs } = await node.probe(address, { signal: AbortSignal.any([signal, limit]) })
    if (id === expect) return { kind: 'answered', address, totalMs }
    return id === node.id ? { kind: 'this-node', address } : { kind: 'somebody-else', address, id }
  } catch (error) {
    signal.throwIfAborted()
    const reason = limit.aborted ? 'timed-out' : error instanceof ConnectError ? error.reason : 'failed'
    const text = limit.aborted ? `no answer within ${timeoutMs / 1000} s` : (failures[reason] ?? sentence(error))
    return { kind: 'failed', address, reason, text }
  }
}

/** In few words; what else goes wrong speaks for itself. */
const failures: Readonly<Record<ConnectFailure, string | undefined>> = {
  'name-not-found': 'its name cannot be resolved',
  refused: 'refused: the machine is there, and nothing listens on that port',
  unreachable: 'there is no route to it',
  'no-local-address': 'this machine has no address to dial it from',
  'timed-out': 'no answer',
  closed: 'it closed the connection during the handshake',
  'not-holdfast': 'something answers there that is no Holdfast node',
  failed: undefined,
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
