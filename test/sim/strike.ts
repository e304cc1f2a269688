import type { MemoryNetwork } from '../../src/testing/memory-transport/memory.ts'
import type { MemoryPath } from '../../src/testing/memory-transport/memory-path.ts'
import type { Machine } from './machine.ts'
import { interfaceOf } from './names.ts'
import type { PathPlan, Plan } from './plan.ts'
import type { Fault, PeerAction, Restart } from './plan-faults.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** What faults strike. */
export interface Stage {
  readonly plan: Plan
  readonly clock: VirtualClock
  readonly network: MemoryNetwork
  readonly machines: readonly Machine[]
}

/** Makes a fault happen, and calls `end` when it is over, if it lasts. Restarts and what people do are not among them: they concern more than the network. */
export function strike(stage: Stage, fault: Exclude<Fault, Restart | PeerAction>, end: () => void): void {
  const { clock, machines } = stage
  const until = (untilMs: number, undo: () => void): void => {
    clock.after(untilMs - clock.now(), () => {
      undo()
      end()
    })
  }
  switch (fault.kind) {
    case 'slow-reader':
      for (const endpoint of machines[fault.node]!.endpoints) endpoint.hold(fault.untilMs)
      return
    case 'pause':
      machines[fault.node]!.pause()
      until(fault.untilMs, () => machines[fault.node]!.resume())
      return
    case 'clock-jump':
      machines[fault.node]!.jumpWall(fault.byMs)
      return
    case 'isolation':
      isolate(stage, fault, until)
      return
    case 'partition': {
      const isInside = (node: number): boolean => fault.nodes.includes(node)
      const paths = pathsWhere(stage, ({ ends: [one, other] }) => isInside(one) !== isInside(other))
      for (const path of paths) path.blackHole()
      until(fault.untilMs, () => {
        for (const path of paths) path.heal()
      })
      return
    }
    default:
      strikePath(stage, fault, until)
  }
}

type Until = (untilMs: number, undo: () => void) => void
type PathFault = Extract<Fault, { path: number }>

function isolate(stage: Stage, fault: Extract<Fault, { kind: 'isolation' }>, until: Until): void {
  const paths = pathsWhere(stage, ({ ends }) => ends.includes(fault.node))
  for (const path of paths) {
    if (fault.how === 'silent') path.blackHole()
    else {
      path.change({ dials: 'refuse' })
      path.reset()
    }
  }
  until(fault.untilMs, () => {
    for (const path of paths) {
      if (fault.how === 'silent') path.heal()
      else path.change({ dials: 'pass' })
    }
  })
}

function strikePath(stage: Stage, fault: PathFault, until: Until): void {
  const plan = stage.plan.paths[fault.path]!
  const usual = plan.conditions
  const path = pathOf(stage, plan)
  switch (fault.kind) {
    case 'cut':
      path.cut()
      return
    case 'reset':
      path.reset()
      return
    case 'half-open':
      path.halfOpen(stage.machines[fault.node]!.host)
      return
    case 'black-hole':
      path.blackHole()
      until(fault.untilMs, () => path.heal())
      return
    case 'one-way-hole':
      path.blackHole(stage.machines[fault.node]!.host)
      until(fault.untilMs, () => path.heal())
      return
    case 'back-off':
      path.backOff(stage.machines[fault.node]!.host)
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

function pathsWhere(stage: Stage, wanted: (path: PathPlan) => boolean): MemoryPath[] {
  return stage.plan.paths.filter(wanted).map((path) => pathOf(stage, path))
}

export function pathOf({ network, machines }: Stage, { ends: [one, other], interface: number }: PathPlan): MemoryPath {
  return network.path(machines[one]!.host, machines[other]!.host, interfaceOf(number))
}
