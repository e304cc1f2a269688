import type { MemoryNetwork } from '../../src/transport/memory.ts'
import type { MemoryPath } from '../../src/transport/memory-path.ts'
import { interfaceOf, type Machine } from './machine.ts'
import type { Plan } from './plan.ts'
import type { Fault } from './plan-faults.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** What faults strike. */
export interface Stage {
  readonly plan: Plan
  readonly clock: VirtualClock
  readonly network: MemoryNetwork
  readonly machines: readonly [Machine, Machine]
}

/** Makes a fault happen, and sees to it that it ends. A restart is not among them: it concerns more than the network. */
export function strike(stage: Stage, fault: Exclude<Fault, { kind: 'restart' }>): void {
  const { clock, machines } = stage
  const until = (untilMs: number, end: () => void): void => {
    clock.after(untilMs - clock.now(), end)
  }
  switch (fault.kind) {
    case 'slow-reader':
      for (const endpoint of machines[fault.side].endpoints) endpoint.hold(fault.untilMs)
      return
    case 'pause':
      machines[fault.side].pause()
      until(fault.untilMs, () => machines[fault.side].resume())
      return
    case 'clock-jump':
      machines[fault.side].jumpWall(fault.byMs)
      return
    default:
      strikePath(stage, fault, until)
  }
}

type PathFault = Extract<Fault, { path: number }>

function strikePath(stage: Stage, fault: PathFault, until: (untilMs: number, end: () => void) => void): void {
  const path = pathOf(stage, fault.path)
  const usual = stage.plan.paths[fault.path]!
  switch (fault.kind) {
    case 'cut':
      path.cut()
      return
    case 'reset':
      path.reset()
      return
    case 'half-open':
      path.halfOpen(stage.machines[fault.side].name)
      return
    case 'black-hole':
      path.blackHole()
      until(fault.untilMs, () => path.heal())
      return
    case 'one-way-hole':
      path.blackHole(stage.machines[fault.side].name)
      until(fault.untilMs, () => path.heal())
      return
    case 'delay':
      path.change({ latencyMs: fault.latencyMs, jitterMs: fault.jitterMs })
      until(fault.untilMs, () => path.change({ latencyMs: usual.latencyMs, jitterMs: usual.jitterMs }))
      return
    case 'slow-drip':
      path.change({ bytesPerMs: Math.min(fault.bytesPerMs, usual.bytesPerMs) })
      until(fault.untilMs, () => path.change({ bytesPerMs: usual.bytesPerMs }))
      return
    case 'refused-dials':
    case 'hung-dials':
      path.change({ dials: fault.kind === 'refused-dials' ? 'refuse' : 'hang' })
      until(fault.untilMs, () => path.change({ dials: 'pass' }))
  }
}

export function pathOf({ network, machines }: Stage, path: number): MemoryPath {
  return network.path(machines[0].name, machines[1].name, interfaceOf(path))
}
