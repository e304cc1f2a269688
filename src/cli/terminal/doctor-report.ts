// What the doctor found, for people.
import type { DoctorCheck, DoctorReport } from '../../daemon/contract/doctor.ts'
import { shortPeerId } from '../../identity/peer-id.ts'
import { type Style, shown, styled } from './output.ts'
import { hanging, padded, wrapped } from './text.ts'

const marks: Readonly<Record<DoctorCheck['status'], { readonly sign: string; readonly colour: Style }>> = {
  ok: { sign: '✓', colour: 'green' },
  info: { sign: '·', colour: 'dim' },
  warn: { sign: '!', colour: 'yellow' },
  fail: { sign: '✗', colour: 'red' },
}

/** A block for the node and one for each peer, then what it comes to. */
export function doctorLines({ node, peers }: DoctorReport, columns: number): string[] {
  return [
    ...block('This node', node, columns),
    ...peers.flatMap(({ peer, checks }) => [
      '',
      ...block(`${shown(peer.name)} (${shortPeerId(peer.id)}…)`, checks, columns),
    ]),
    '',
    ...wrapped(verdict([...node, ...peers.flatMap(({ checks }) => checks)]), columns),
  ]
}

/** Something is in the way. */
export function hasFailed({ node, peers }: DoctorReport): boolean {
  return [...node, ...peers.flatMap(({ checks }) => checks)].some(({ status }) => status === 'fail')
}

function block(title: string, checks: readonly DoctorCheck[], columns: number): string[] {
  const names = Math.max(...checks.map(({ check }) => check.length))
  return [styled('bold', title), ...checks.flatMap((check) => lines(check, names, columns))]
}

function lines({ check, status, text, cure }: DoctorCheck, names: number, columns: number): string[] {
  const { sign, colour } = marks[status]
  const label = `  ${styled(colour, sign)} ${padded(check, names)}  `
  const indent = ' '.repeat(names + 6)
  return [
    ...hanging(label, shown(text), columns),
    ...(cure === null ? [] : hanging(`${indent}→ `, shown(cure), columns)),
  ]
}

function verdict(checks: readonly DoctorCheck[]): string {
  const count = (wanted: DoctorCheck['status']): number => checks.filter(({ status }) => status === wanted).length
  const [failed, warned] = [count('fail'), count('warn')]
  if (failed === 0 && warned === 0) return 'Nothing is wrong.'
  const parts = [
    ...(failed === 0 ? [] : [`${failed} ${failed === 1 ? 'thing is' : 'things are'} in the way`]),
    ...(warned === 0 ? [] : [`${warned} may be the cause of trouble`]),
  ]
  return `${parts.join(', ')}.`
}
