// The live view as a pure function: the board in, lines out, none wider or more than the terminal allows.
import { stripVTControlCharacters, styleText } from 'node:util'
import { bytes } from '../src/format/figures.ts'
import type { Board, FaultRecord } from './board.ts'
import { faultName } from './faults.ts'
import { duration } from './format.ts'
import type { PeerReport } from './messages.ts'
import type { Direction } from './schedule.ts'
import { measuresText, scoreText, stateText } from './told.ts'

export interface ScreenSize {
  readonly columns: number
  readonly rows: number
}

type Style = Parameters<typeof styleText>[0]
/** A piece of a line, in one style. */
type Piece = string | readonly [style: Style, text: string]

const SPARKS = ' ▁▂▃▄▅▆▇█'
/** Lines that are always there, so that what is below does not jump: all but faults and notes. */
const FIXED_LINES = 15
const NOTES_MAX = 4
const NAME_WIDTH = 26

/** Draws the board, `notes` (newest last) below it. `wallMs` is what the peer's next attempt is counted from. */
export function screen(
  board: Board,
  notes: readonly string[],
  nowMs: number,
  size: ScreenSize,
  colour: boolean,
  wallMs: number = Date.now(),
): string[] {
  const room = Math.max(0, size.rows - FIXED_LINES)
  const notesShown = notes.slice(-Math.min(NOTES_MAX, Math.floor(room / 3)))
  const faultsShown = board.records.slice(-Math.max(1, room - notesShown.length - 1)).toReversed()
  const lines: Piece[][] = [
    heading(board, nowMs),
    board.dashboard === undefined ? [] : ['watch  ', ['underline', board.dashboard]],
    [],
    progress(board, 'out', size.columns),
    progress(board, 'back', size.columns),
    ['       ', ['cyan', sparkline(board, size.columns - 8)]],
    [],
    ['peer   ', ...peerState(board.peer, wallMs)],
    ['health ', ...health(board, size.columns)],
    ...links(board),
    [],
    ['now    ', ...current(board.current, nowMs)],
    [],
    [
      [
        'dim',
        `${'#'.padStart(5)}  ${'fault'.padEnd(NAME_WIDTH)}${'lasted'.padStart(9)}${'recovered after'.padStart(18)}`,
      ],
    ],
    ...faultsShown.map((record) => faultRow(board, record)),
    ...(notesShown.length > 0 ? [[]] : []),
    ...notesShown.map((note): Piece[] => [['dim', note]]),
  ]
  return lines.slice(0, size.rows).map((line) => fitted(line, size.columns, colour))
}

function heading(board: Board, nowMs: number): Piece[] {
  const clock = `${(board.elapsedMs(nowMs) / 1_000).toFixed(1)} of about ${board.seconds} s`
  return [
    ['bold', 'Holdfast'],
    `  ${board.fileName}, ${bytes(board.size)}, one stream  ·  ${clock}  ·  `,
    ['dim', `seed ${board.seed}`],
  ]
}

function progress(board: Board, direction: Direction, columns: number): Piece[] {
  const done = board.tracks[direction].bytes
  const share = Math.min(1, done / board.size)
  const width = Math.max(8, Math.min(60, columns - 44))
  const filled = Math.floor(share * width)
  return [
    direction.padEnd(7),
    ['green', '█'.repeat(filled)],
    ['dim', '░'.repeat(width - filled)],
    `${Math.floor(share * 100)} %`.padStart(6),
    bytes(done).padStart(11),
    `${bytes(board.rate(direction))}/s`.padStart(14),
  ]
}

/** Throughput over time, both directions together, a quarter of a second each, newest at the right. */
function sparkline(board: Board, width: number): string {
  const { out, back } = board.samples
  const sums = out.map((count, index) => count + (back[index] ?? 0)).slice(-Math.max(1, Math.min(60, width)))
  const highest = Math.max(1, ...sums)
  return sums.map((sum) => SPARKS[sum === 0 ? 0 : Math.max(1, Math.round((sum / highest) * 8))]).join('')
}

function peerState(peer: PeerReport | undefined, wallMs: number): Piece[] {
  if (peer === undefined) return ['not paired yet']
  const { state } = peer
  const style = state.kind === 'connected' ? 'green' : state.kind === 'disconnected' ? 'red' : 'yellow'
  return [[style, stateText(state, wallMs)]]
}

/** The score as a number and over time, on a scale of 0 to 100, and what it is made of. */
function health(board: Board, columns: number): Piece[] {
  if (board.peer === undefined) return [['dim', '–']]
  const { health: measured } = board.peer
  const width = Math.max(1, Math.min(40, columns - 62))
  const sparks = board.scores
    .slice(-width)
    .map((score) => SPARKS[score === undefined ? 0 : Math.max(1, Math.round((score / 100) * 8))])
  return [
    ['bold', scoreText(measured).padEnd(26)],
    ['cyan', sparks.join('').padEnd(width)],
    `  ${measuresText(measured)}`,
  ]
}

/** Always two lines: a second link comes and goes. */
function links(board: Board): Piece[][] {
  const all = board.peer?.links ?? []
  const shown = all
    .slice(0, 2)
    .map(({ address, direction, state, roundTripMs }): Piece[] => [
      'link   ',
      `${address}  ${direction}  `,
      [state === 'healthy' ? 'green' : 'yellow', state],
      roundTripMs === undefined ? '' : `  ${roundTripMs.toFixed(1)} ms`,
    ])
  const more = all.length - shown.length
  if (more > 0) shown[1]?.push(`  and ${more} more`)
  while (shown.length < 2) shown.push(['link   ', ['dim', '–']])
  return shown
}

function current(record: FaultRecord | undefined, nowMs: number): Piece[] {
  if (record === undefined) return [['green', 'the network is whole']]
  const name = faultName(record.fault)
  if (record.liftedAtMs === undefined) {
    const leftMs = Math.max(0, record.struckAtMs + record.fault.durationMs - nowMs)
    return [['red', name], `  lifts in ${(leftMs / 1_000).toFixed(1)} s`]
  }
  return [['yellow', name], `  is over, recovering for ${duration(nowMs - record.liftedAtMs)}`]
}

function faultRow(board: Board, record: FaultRecord): Piece[] {
  const { fault, struckAtMs, liftedAtMs, recoveryMs } = record
  const number = `${board.records.indexOf(record) + 1}/${board.faultsPlanned}`
  const lasted = liftedAtMs === undefined || fault.durationMs === 0 ? '–' : duration(liftedAtMs - struckAtMs)
  return [
    `${number.padStart(5)}  ${faultName(fault).padEnd(NAME_WIDTH)}${lasted.padStart(9)}`,
    ['bold', (recoveryMs === undefined ? '…' : duration(recoveryMs)).padStart(18)],
  ]
}

/** Cuts a line to the width, then colours it. */
function fitted(line: readonly Piece[], columns: number, colour: boolean): string {
  let left = columns
  return line
    .map((piece) => {
      const [style, text] = typeof piece === 'string' ? [undefined, piece] : piece
      // What comes from outside, such as the file's name, must not steer the terminal.
      const cut = stripVTControlCharacters(text)
        .replaceAll(/\p{Cc}/gu, '?')
        .slice(0, left)
      left -= cut.length
      return style === undefined || !colour || cut === '' ? cut : styleText(style, cut, { validateStream: false })
    })
    .join('')
}
