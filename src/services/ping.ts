// The protocol `ping/1`. One stream a ping: eight bytes and the end one way; the other way the same bytes, then the time of day there in
// milliseconds since 1970, as six bytes, the highest first, and the end. Opening a stream costs no round trip, so this is exactly one.
import { randomBytes } from 'node:crypto'
import { HoldfastError } from '../core/errors.ts'
import { resetCodes } from '../core/frame/constants.ts'
import type { HoldfastStream, Node, Peer } from '../node/api.ts'
import { StreamResetError } from '../node/link/stream.ts'

export const pingProtocol = 'ping/1'

const questionBytes = 8
const answerBytes = questionBytes + 6
/** Codes of reset from 256 up are the protocol's own. */
const malformed = 256

/** What came back. */
export interface PingAnswer {
  /** From the call to the answer, through the session and with all waiting for the peer that this took. In milliseconds. */
  readonly roundTripMs: number
  /** The peer serves pings. One that does not has refused the stream, and that is an answer as well; it tells nothing else. */
  readonly served: boolean
  /** By how much the peer's clock is ahead of this one's, in milliseconds, give or take half of the round trip; negative: behind. Undefined if it does not say. */
  readonly clockAheadMs: number | undefined
}

/** The peer's answer to a ping is none. */
class PingError extends HoldfastError {
  readonly code = 'ping-failed'
  constructor(name: string) {
    super(`${name} answered a ping with something else; update the older of the two`)
  }
}

/** Answers the pings of peers, until the node is closed. */
export function servePing(node: Node, wallNow: () => number = Date.now): void {
  node.handle(pingProtocol, async (stream) => {
    const question = await readAtMost(stream, questionBytes)
    if (question?.length !== questionBytes) return stream.reset(malformed)
    const answer = Buffer.alloc(answerBytes)
    answer.set(question)
    answer.writeUIntBE(Math.max(0, Math.trunc(wallNow())), questionBytes, answerBytes - questionBytes)
    stream.end(answer)
  })
}

/**
 * Sends one ping ahead of everything else and waits for its answer, and for the peer itself if it is away. Throws the signal's reason, `PingError`, or what
 * `openStream` throws.
 */
export async function ping(peer: Peer, { signal }: { signal?: AbortSignal } = {}): Promise<PingAnswer> {
  const askedMs = performance.now()
  const roundTripMs = (): number => performance.now() - askedMs
  // A stream that is opened while the peer is away ends with the run of it that went.
  await peer.connected({ ...(signal && { signal }) })
  const stream = await peer.openStream(pingProtocol, { priority: 0, ...(signal && { signal }) })
  const question = randomBytes(questionBytes)
  const sentAtMs = Date.now()
  try {
    stream.end(question)
    const answer = await readAtMost(stream, answerBytes)
    const elapsedMs = roundTripMs()
    if (answer?.length !== answerBytes || !answer.subarray(0, questionBytes).equals(question)) {
      throw new PingError(peer.name)
    }
    const thereMs = answer.readUIntBE(questionBytes, answerBytes - questionBytes)
    // The answer was written about half a round trip after the question was.
    const clockAheadMs = thereMs - (sentAtMs + (Date.now() - sentAtMs) / 2)
    return { roundTripMs: elapsedMs, served: true, clockAheadMs }
  } catch (error) {
    signal?.throwIfAborted()
    if (isNotServed(error)) return { roundTripMs: roundTripMs(), served: false, clockAheadMs: undefined }
    throw error
  } finally {
    if (!stream.destroyed) stream.destroy()
  }
}

/** Everything to the end of the stream; undefined if that is more than `bytesMax`. */
async function readAtMost(stream: HoldfastStream, bytesMax: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes > bytesMax) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, bytes)
}

/** A refusal that came back through the session. */
function isNotServed(error: unknown): boolean {
  if (!(error instanceof StreamResetError)) return false
  return error.resetCode === resetCodes.noHandler || error.resetCode === resetCodes.notAllowed
}
