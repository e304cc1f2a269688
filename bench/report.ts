import { CONTESTANTS } from './contestant.ts'
import type { Measure, Promised } from './measure.ts'
import type { MeasureResult } from './result.ts'
import type { Estimate } from './statistics.ts'

const HEADINGS = ['', ...CONTESTANTS, 'holdfast ÷ tls', 'libp2p ÷ tls', 'iroh ÷ tls', 'promise', '']
const SUBJECTS = { ratio: '× tls', difference: 'KB + tls', handshakes: '× TLS handshake' } as const

/** The results as a table with aligned columns, and what has to be said about them below. */
export function table(results: ReadonlyMap<Measure, MeasureResult>): string {
  const rows = [HEADINGS, ...[...results].map(([measure, result]) => row(measure, result))]
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)))
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) => pad(cell, widths[column] ?? 0, column))
      .join('  ')
      .trimEnd(),
  )
  return [...lines, '', ...[...results].flatMap(([measure, result]) => remarks(measure, result))].join('\n')
}

/** Text to the left, numbers to the right. */
function pad(cell: string, width: number, column: number): string {
  return column === 0 || column > CONTESTANTS.length ? cell.padEnd(width) : cell.padStart(width)
}

function row(measure: Measure, result: MeasureResult): string[] {
  const { ratioToTls, othersToTls, promise } = result
  const values = CONTESTANTS.map((name) => number(result[name]))
  const ratios = [ratioToTls, othersToTls.libp2p, othersToTls.iroh].map(interval)
  return [measure.label, ...values, ...ratios, promise ? promised(promise) : '', promise ? verdict(result) : '']
}

function promised({ about, bound, limit }: Promised): string {
  return `${bound === 'at least' ? '≥' : '≤'} ${limit} ${SUBJECTS[about]}`
}

function verdict({ promise, ratioToTls, ratioToTlsHandshake, differenceToTls }: MeasureResult): string {
  if (promise === undefined || promise.met === null) return '–'
  const subjects = { ratio: ratioToTls, difference: differenceToTls, handshakes: ratioToTlsHandshake ?? null }
  const figure = promise.about === 'ratio' ? '' : `: ${interval(subjects[promise.about])}`
  return `${promise.met ? 'met' : 'MISSED'}${figure}`
}

function remarks({ label, note }: Measure, { failures, tlsHandshake }: MeasureResult): string[] {
  const handshake = tlsHandshake === undefined ? undefined : `a bare TLS handshake takes ${number(tlsHandshake)} ms`
  const reasons = Object.entries(failures).map(([name, reason]) => `${name} has no value or stopped early: ${reason}`)
  return [note, handshake, ...reasons].filter((remark) => remark !== undefined).map((remark) => `${label} – ${remark}`)
}

function interval(estimate: Estimate | null): string {
  if (estimate === null) return '–'
  return `${number(estimate.median)} (${number(estimate.low)} to ${number(estimate.high)})`
}

/** Three digits that count, with commas between thousands. */
function number(value: number | null): string {
  if (value === null) return '–'
  const size = Math.abs(value)
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 || size === 0 ? 2 : 3
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
