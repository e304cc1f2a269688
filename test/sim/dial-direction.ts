import { comparePeerIds } from '../../src/identity/peer-id.ts'
import type { Machine } from './machine.ts'
import { lastOctetOf } from './places.ts'
import type { Plan } from './plan.ts'

/** Whether of these two the first is the lower side, as somebody with a list of them would say. */
export function isLower(one: Machine, other: Machine, { dialOrder }: Plan): boolean {
  if (dialOrder === 'address') return lastOctetOf(one.number) < lastOctetOf(other.number)
  return comparePeerIds(one.id, other.id) < 0
}

/** In strict direction every link that comes about was dialed by the lower side. */
export function watchDirection(
  machine: Machine,
  machines: readonly Machine[],
  plan: Plan,
  report: (problem: string) => void,
): void {
  machine.node?.on('link:up', (peer, { direction, address }) => {
    const other = machines.find(({ id }) => id === peer.id)
    if (other === undefined) return
    if ((direction === 'outbound') !== isLower(machine, other, plan))
      report(`${machine.name} has a strictly forbidden link, ${direction} ${address}`)
  })
}
