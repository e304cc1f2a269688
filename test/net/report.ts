import type { Outcome } from './runner.ts'
import type { Measures } from './scenario.ts'

/** One line when a scenario is done; what went wrong follows it. */
export function outcomeLine({ scenario, seconds, failure }: Outcome): string {
  const line = `${failure === undefined ? 'ok    ' : 'FAILED'} ${scenario.behaviour} (${seconds.toFixed(1)} s)`
  return failure === undefined ? line : `${line}\n${failure}`
}

/** What was measured, a scenario a paragraph. */
export function table(outcomes: readonly Outcome[]): string {
  const width = Math.max(...outcomes.map(({ scenario }) => scenario.id.length))
  const rows = outcomes.map(({ scenario, failure, measures }) => {
    const [first = 'no measures', ...more] = failure === undefined ? inLines(measures) : ['FAILED']
    return [`${scenario.id.padEnd(width)}  ${first}`, ...more.map((line) => `${' '.repeat(width)}  ${line}`)].join('\n')
  })
  const failed = outcomes.filter(({ failure }) => failure !== undefined).length
  return ['', ...rows, '', `${outcomes.length} scenarios, ${failed} failed`].join('\n')
}

export function asJson(outcomes: readonly Outcome[]): string {
  const scenarios = outcomes.map(({ scenario, seconds, failure, measures }) => ({
    id: scenario.id,
    ok: failure === undefined,
    seconds: Math.round(seconds * 10) / 10,
    ...measures,
  }))
  return JSON.stringify({ scenarios })
}

/** Numbers go together in one line; what is in words has one each. */
function inLines(measures: Measures): string[] {
  const entries = Object.entries(measures).map(([name, value]) => ({ name, value }))
  const numbers = entries.flatMap(({ name, value }) => (typeof value === 'number' ? [withUnit(name, value)] : []))
  const words = entries.flatMap(({ name, value }) => (typeof value === 'string' ? [`${inText(name)}: ${value}`] : []))
  return [numbers.join(' · '), ...words]
}

function withUnit(name: string, value: number): string {
  const label = inText(name.replace(/Ms$/, ''))
  if (name.endsWith('Ms'))
    return `${label} ${value < 1_000 ? `${Math.round(value)} ms` : `${(value / 1_000).toFixed(2)} s`}`
  return `${label} ${value.toLocaleString('en')}`
}

/** `aliceStates` as `alice states`. */
function inText(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}
