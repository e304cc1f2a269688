import type { MemoryDisk } from '../../src/store/memory.ts'
import { Machine, type MachineOptions } from './machine.ts'
import type { ClonePlan } from './plan.ts'
import type { Stage } from './strike.ts'

const HOUR_MS = 3_600_000
/** Somebody may have blocked or unpaired the original, and so the clone. */
const CODES: ReadonlySet<string> = new Set(['identity-in-use', 'not-paired', 'blocked'])

/** What a clone shares with the machine that it is one of. */
type Shared = Omit<MachineOptions, 'number' | 'name' | 'identity' | 'disk'>

/** Puts a clone on the calendar, with a copy of the disk as it is now. Its peers must refuse it, and go on as if it were not there. */
export function planClone(stage: Stage, plan: ClonePlan, shared: Shared, started: (clone: Machine) => void): void {
  const original = stage.machines[plan.of]!
  const disk = original.disk.copy()
  const { clock } = stage
  const { report, log } = shared
  const fail = (error: unknown): void => report(`the clone of ${original.name} failed: ${String(error)}`)
  clock.after(plan.atMs, () => {
    const clone = makeClone(original, disk, plan, shared)
    log(`${clone.name} starts, ${plan.start}`)
    clone.start(() => undefined, []).then(() => started(clone), fail)
    clock.after(plan.untilMs - plan.atMs, () => {
      for (const { name, state } of clone.node?.peers() ?? []) {
        const isNoticed = state.kind === 'blocked' && CODES.has(state.code)
        if (!isNoticed)
          report(`${clone.name} was not told by ${name} that its identity is in use: ${JSON.stringify(state)}`)
      }
      clone.close().catch(fail)
    })
  })
}

/** With the clock set so that its start comes out as planned. */
function makeClone(original: Machine, disk: MemoryDisk, { start }: ClonePlan, shared: Shared): Machine {
  const { plan, clock } = shared
  const clone = new Machine({
    ...shared,
    number: plan.nodes,
    name: `${original.name}-clone`,
    identity: original.number,
    disk,
  })
  const knownStartMs = (original.run?.node.instance.start ?? 0) * 1_000
  clone.jumpWall(knownStartMs - clock.wallNow() - (start === 'older' ? HOUR_MS : 0))
  return clone
}
