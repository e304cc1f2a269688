// The node and its peers on one screen, as lines of text.
import type { PeerView } from '../../daemon/contract/peer.ts'
import type { StatusView } from '../../daemon/contract/status.ts'
import { milliseconds, percent, span } from '../../format/figures.ts'
import { peerSentence } from '../../format/peer-sentence.ts'
import { shortPeerId } from '../../identity/peer-id.ts'
import { type Style, shown, styled } from './output.ts'
import { hanging, padded, shortened, width, wrapped } from './text.ts'

export interface Screen {
  readonly status: StatusView
  readonly peers: readonly PeerView[]
  /** On this machine's clock, in milliseconds since 1970. */
  readonly nowMs: number
  readonly columns: number
}

const nameColumnsMax = 16

/** A line for the node, one for where it listens, and a block for each peer; those that need attention first. */
export function statusLines({ status, peers, nowMs, columns }: Screen): string[] {
  const names = Math.min(nameColumnsMax, Math.max(4, ...peers.map(({ name }) => width(shown(name)))))
  const sorted = peers.toSorted((a, b) => order(a) - order(b) || a.name.localeCompare(b.name))
  return [...nodeLines(status, nowMs, columns), '', ...sorted.flatMap((peer) => peerLines(peer, nowMs, names, columns))]
}

function nodeLines(status: StatusView, nowMs: number, columns: number): string[] {
  const { name, id, startedAtMs, version, listening, peers } = status
  const connected = peers.connected + peers.degraded
  const all = connected + peers.paired + peers.connecting + peers.disconnected + peers.paused + peers.blocked
  const up = span(nowMs - startedAtMs)
  const where = listening.length === 0 ? 'does not listen, only dials' : `listens on ${listening.join(', ')}`
  const [title = '', ...rest] = wrapped(
    `${shown(name)} · ${shortPeerId(id)}… · up ${up} · Holdfast ${version}`,
    columns,
  )
  return [
    styled('bold', title),
    ...rest,
    ...wrapped(where, columns),
    ...wrapped(all === 0 ? 'no peer yet' : `${connected} of ${all} ${all === 1 ? 'peer' : 'peers'} connected`, columns),
  ]
}

function peerLines(peer: PeerView, nowMs: number, names: number, columns: number): string[] {
  const { sign, colour } = marks[peer.state.kind]
  const label = `${styled(colour, sign)} ${padded(shortened(shown(peer.name), names), names)}  `
  const first = hanging(label, shown(peerSentence(peer, nowMs)), columns)
  const more = details(peer).flatMap((line) => hanging(' '.repeat(names + 4), line, columns))
  return [...first, ...more.map((line) => styled('dim', line))]
}

function details(peer: PeerView): string[] {
  if (peer.links.length === 0) return []
  const path = peer.path === 'mixed' ? ['reached both directly and over a relay'] : []
  return [healthInWords(peer), ...path, ...peer.links.map((link) => linkInWords(link, peer.links.length))].filter(
    (line) => line !== '',
  )
}

function healthInWords({ health: { score, band, jitterMs, loss, lossesLastHour } }: PeerView): string {
  const parts = [
    score === null ? 'health not measured yet' : `health ${Math.round(score)}${band === null ? '' : ` (${band})`}`,
    ...(jitterMs === null ? [] : [`jitter ${milliseconds(jitterMs)}`]),
    ...(loss === null || loss === 0 ? [] : [`${percent(loss)} of probes lost`]),
    ...(lossesLastHour === 0 ? [] : [`lost ${lossesLastHour} ${lossesLastHour === 1 ? 'time' : 'times'} this hour`]),
  ]
  return parts.join(', ')
}

function linkInWords({ direction, address, active, state, kind }: PeerView['links'][number], count: number): string {
  const way = `${direction === 'outbound' ? 'over' : 'from'} ${address}`
  const notes = [
    ...(kind === 'relay' ? ['relayed'] : []),
    ...(count > 1 && active ? ['in use'] : []),
    ...(state === 'suspect' ? ['does not answer'] : []),
  ]
  return notes.length === 0 ? way : `${way} (${notes.join(', ')})`
}

/** Told apart by form as well, for those who see or have no colours. */
const marks: Readonly<Record<PeerView['state']['kind'], { readonly sign: string; readonly colour: Style }>> = {
  connected: { sign: '●', colour: 'green' },
  degraded: { sign: '◐', colour: 'yellow' },
  connecting: { sign: '○', colour: 'yellow' },
  disconnected: { sign: '○', colour: 'red' },
  paired: { sign: '○', colour: 'dim' },
  paused: { sign: '‖', colour: 'dim' },
  blocked: { sign: '✕', colour: 'red' },
}

const kinds: readonly PeerView['state']['kind'][] = [
  'disconnected',
  'degraded',
  'connecting',
  'connected',
  'paired',
  'blocked',
  'paused',
]

const order = ({ state }: PeerView): number => kinds.indexOf(state.kind)
