import { bytes } from '../src/format/figures.ts'
import type { Board } from './board.ts'
import { faultName } from './faults.ts'
import { counted, duration } from './format.ts'
import type { Result } from './result.ts'

/** The end of a run in words: what was thrown at it and what was lost. */
export function summary(board: Board, result: Result): string {
  const { recoveryMs } = result
  const lines = [
    `${board.fileName} (${bytes(board.size)}) there and back in ${result.seconds.toFixed(1)} s, ` +
      `through ${counted(board.records.length, 'fault')}; --seed ${board.seed} repeats the schedule.`,
    '',
    ...table(board),
  ]
  if (recoveryMs.p50 !== null && recoveryMs.p99 !== null && recoveryMs.max !== null) {
    lines.push(
      `  Recovery once the network was back: median ${duration(recoveryMs.p50)}, ` +
        `p99 ${duration(recoveryMs.p99)}, longest ${duration(recoveryMs.max)}.`,
    )
  }
  const losses = Object.entries(result.losses).toSorted(([, a], [, b]) => b - a)
  if (losses.length > 0) {
    lines.push(`  Links lost at the sender: ${losses.map(([reason, count]) => `${reason} ${count} ×`).join(', ')}.`)
  }
  if (result.worstScore !== null) lines.push(`  Worst health score: ${result.worstScore} of 100.`)
  lines.push(
    `  ${counted(result.sessions, 'session')}, ${counted(result.streamsOpened, 'stream')}.`,
    `  SHA-256 ${result.sha256Equal ? 'equal in both directions' : 'NOT equal'}.`,
    `  Bytes lost: ${result.lost}, duplicated: ${result.duplicated}, reordered: ${result.reordered}.`,
    '',
    verdict(result),
  )
  return lines.join('\n')
}

/** One row for each name of a fault, with how often it struck and how long recovery took each time. */
function table(board: Board): string[] {
  const rows = new Map<string, string[]>()
  for (const { fault, recoveryMs } of board.records) {
    const row = rows.get(faultName(fault)) ?? []
    row.push(recoveryMs === undefined ? 'never' : duration(recoveryMs))
    rows.set(faultName(fault), row)
  }
  if (rows.size === 0) return []
  const body = [...rows].map(
    ([name, times]) => `  ${name.padEnd(28)}${`${times.length} ×`.padEnd(9)}${times.join(', ')}`,
  )
  return [`  ${'fault'.padEnd(28)}${'struck'.padEnd(9)}recovered after`, ...body, '']
}

function verdict(result: Result): string {
  if (result.ok) return 'Nothing was lost.'
  if (result.error !== undefined) return `FAILED: ${result.error}`
  const missing = Object.entries(result.faults).filter(([, count]) => count === 0)
  if (!result.sha256Equal || result.lost + result.duplicated + result.reordered > 0)
    return 'FAILED: the file was damaged.'
  if (result.sessions !== 1 || result.streamsOpened !== 1) return 'FAILED: it took more than one session or stream.'
  return `FAILED: not every kind of fault struck (missing: ${missing.map(([kind]) => kind).join(', ')}).`
}
