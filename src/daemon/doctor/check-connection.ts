// Whether a peer is connected, and if not, what it says when this node tries.
import type { Peer } from '../../node/api.ts'
import { PeerBlockedError, RefusedError } from '../../node/errors.ts'
import { duration } from '../../node/events/duration.ts'
import { explain, type Reason } from '../../node/events/event-explain.ts'
import { describeState } from '../../node/events/event-text.ts'
import type { DoctorCheck } from '../contract/doctor.ts'
import { fail, ok, warn } from './finding.ts'

/** A handshake has ten seconds of its own; somebody who waits has less patience. */
const attemptTimeoutMs = 8_000

/** How it stands with the peer, after one more attempt if it is away and `answers` at one of its addresses. */
export async function checkConnection(
  peer: Peer,
  answers: boolean,
  nowMs: number,
  signal: AbortSignal,
): Promise<DoctorCheck> {
  if (answers && peer.links.length === 0 && peer.state.kind !== 'paused') {
    const refusal = await attempt(peer, signal)
    if (refusal !== undefined) return refused(peer, refusal)
  }
  return ofState(peer, nowMs)
}

function ofState(peer: Peer, nowMs: number): DoctorCheck {
  const { name, state } = peer
  const data = { state: state.kind }
  switch (state.kind) {
    case 'connected':
      return ok(
        'connection',
        `connected for ${duration(nowMs - state.since)}, over ${peer.links.length === 1 ? 'one link' : `${peer.links.length} links`}`,
        data,
      )
    case 'degraded':
      return warn(
        'connection',
        `${name} ${describeState(state, nowMs)}`,
        'look at the network of both machines if it lasts',
        { ...data, cause: state.cause },
      )
    case 'paused':
      return fail('connection', `${name} is paused on this node`, `\`holdfast resume ${name}\``, data)
    case 'blocked':
      return blocked(name, state.code, state.message)
    case 'paired':
    case 'connecting':
    case 'disconnected':
      return fail(
        'connection',
        `${name} ${describeState(state, nowMs)}`,
        'the findings below say what is in the way',
        data,
      )
  }
}

function blocked(name: string, code: string, message: string): DoctorCheck {
  if (code === 'blocked-here') {
    return fail('connection', `${name} is blocked on this node`, `\`holdfast unblock ${name}\``, {
      state: 'blocked',
      code,
    })
  }
  return fail('connection', `${name} refuses this node: ${message}`, cureOf(code), { state: 'blocked', code })
}

function refused(peer: Peer, { refusal, text }: RefusedError): DoctorCheck {
  const why = text === '' ? refusal : text
  return fail('connection', `${peer.name} answers, and refuses this node: ${why}`, cureOf(refusal), { refusal })
}

/** The second half of the explanation: what helps. */
function cureOf(code: string): string {
  if (code === 'not-paired')
    return 'it does not know this node (any more): `holdfast unpair <peer>` it here, and pair again'
  if (code === 'paused') return 'somebody paused this node there: `holdfast resume <peer>` on that machine'
  if (code === 'blocked') return 'somebody blocked this node there: `holdfast unblock <peer>` on that machine'
  return explain(code as Reason)
}

/** One attempt; resolves when it is connected, or when there is no more to wait for, with the refusal if the peer said why not. */
async function attempt(peer: Peer, signal: AbortSignal): Promise<RefusedError | undefined> {
  const over = AbortSignal.any([signal, AbortSignal.timeout(attemptTimeoutMs)])
  const { promise, resolve } = Promise.withResolvers<RefusedError | undefined>()
  const failed = (_attempt: number, error: Error): void => {
    const refusal = refusalIn(error)
    if (refusal !== undefined) resolve(refusal)
  }
  peer.on('dial:failed', failed)
  try {
    peer.reconnect()
    return await Promise.race([promise, peer.connected({ signal: over }).then(() => undefined)])
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof PeerBlockedError || over.aborted) return undefined
    throw error
  } finally {
    peer.off('dial:failed', failed)
  }
}

/** Of several addresses each has its own error. */
function refusalIn(error: unknown): RefusedError | undefined {
  if (error instanceof RefusedError) return error
  if (!(error instanceof AggregateError)) return undefined
  return error.errors.find((one): one is RefusedError => one instanceof RefusedError)
}
