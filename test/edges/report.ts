// What a person reads of a case.
import { describeCase, sides } from './case.ts'
import type { CaseResult } from './run-case.ts'

const shownCharsMax = 4_000

function repeatCommand({ plan }: CaseResult): string {
  return `npm run test:edges -- --seed ${plan.seed} --only ${plan.index}`
}

/** What went wrong, what was done, and what the commands said. */
export function reportOf(result: CaseResult): string {
  const { plan, problems, timeline, stderr, daemons } = result
  const said = sides.flatMap((side) => [`  ${side} says:`, ...indented(stderr[side])])
  const logged = sides.flatMap((side) => [`  the daemon of the ${side} prints:`, ...indented(daemons[side])])
  return [
    `Case ${plan.index} of seed ${plan.seed} ${problems.length > 0 ? 'failed' : 'passed'}: ${describeCase(plan)}`,
    ...problems.map((problem) => `  ${problem}`),
    ...timeline.lines.map((line) => `  ${line}`),
    ...said,
    ...logged,
    `  to repeat the plan (the timing is real): ${repeatCommand(result)}`,
  ].join('\n')
}

function indented(text: string): string[] {
  const shown = text.length > shownCharsMax ? `${text.slice(0, shownCharsMax)}…` : text
  return shown
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`)
}
