// Peers are named as people name them: by nickname, or by as much of the id as tells them apart.
import { normalName } from '../../identity/name.ts'
import { pastedWord, unwrapped } from '../../identity/pasted.ts'
import { parsePeerId, shortPeerId } from '../../identity/peer-id.ts'
import { PeerAmbiguousError, PeerNotFoundError } from '../errors.ts'
import { shown } from './output.ts'

interface Named {
  readonly id: string
  readonly name: string
}

const idPrefix = 'hf1'
const idCharsMin = 4
const idLength = 61

/**
 * The one peer that `text` means. A nickname is compared exactly, then without regard to case. A peer chooses its own name, so one that
 * is called like the id of another makes that ambiguous, and never takes its place.
 */
export function choosePeer<P extends Named>(text: string, peers: readonly P[]): P {
  const byId = startingWith(text, peers)
  const byName = called(text, peers)
  // Quotes around a name may be a part of it.
  const loose = byId.length + byName.length > 0 ? [...new Set([...byId, ...byName])] : called(unwrapped(text), peers)
  const [first, ...others] = loose
  if (first === undefined) throw notFound(text, peers)
  if (others.length > 0) throw ambiguous(text, loose)
  return first
}

/** Those with a nickname, compared as `normalName` has it; without regard to case if none fits. */
function called<P extends Named>(text: string, peers: readonly P[]): P[] {
  const wanted = normalName(text)
  const exact = peers.filter((peer) => normalName(peer.name) === wanted)
  if (exact.length > 0) return exact
  return peers.filter((peer) => normalName(peer.name).toLowerCase() === wanted.toLowerCase())
}

function startingWith<P extends Named>(text: string, peers: readonly P[]): P[] {
  const lower = pastedWord(text).toLowerCase()
  if (!lower.startsWith(idPrefix) || lower.length < idPrefix.length + idCharsMin) return []
  return peers.filter((peer) => peer.id.startsWith(lower))
}

function ambiguous(text: string, fit: readonly Named[]): PeerAmbiguousError {
  const candidates = fit.map((peer) => `${shown(peer.name)} (${shortPeerId(peer.id)}…)`).join(', ')
  return new PeerAmbiguousError(`'${shown(text)}' fits ${fit.length} peers: ${candidates}; use more of the id`)
}

function notFound(text: string, peers: readonly Named[]): PeerNotFoundError {
  const howToPair = 'run `holdfast ticket` on the other machine and `holdfast pair <ticket>` here'
  if (peers.length === 0) return new PeerNotFoundError(`No peer is paired with this node yet; ${howToPair}`)
  const name = shown(text.length > 80 ? `${text.slice(0, 80)}…` : text)
  const word = pastedWord(text)
  if (word.toLowerCase().startsWith(idPrefix)) {
    if (word.length < idPrefix.length + idCharsMin) {
      return new PeerNotFoundError(
        `'${name}' is too little of an id; give at least ${idCharsMin} characters after ${idPrefix}`,
      )
    }
    // Says where the typing error is, if there is one.
    if (word.length >= idLength) parsePeerId(text)
  }
  return new PeerNotFoundError(
    `No paired peer is called '${name}'; \`holdfast peers\` lists them. To pair another, ${howToPair}`,
  )
}
