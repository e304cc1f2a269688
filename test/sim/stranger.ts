import { MemoryDisk } from '../../src/store/memory.ts'
import { Machine, type MachineOptions } from './machine.ts'
import type { StrangerPlan } from './plan.ts'
import type { Stage } from './strike.ts'

/** What a stranger shares with the members that it tries to come among. */
type Shared = Omit<MachineOptions, 'number' | 'name' | 'identity' | 'disk'>

/** Puts a machine on the calendar that dials all members of the network, and does not know its secret: nobody may take it in, nor it anybody. */
export function planStranger(stage: Stage, { atMs, untilMs }: StrangerPlan, shared: Shared): Machine {
  const { clock, machines, plan } = stage
  const { report, log } = shared
  const number = plan.nodes + 1
  const addresses = machines.flatMap((machine) => machine.addresses)
  const stranger = new Machine({
    ...shared,
    number,
    name: 'mallory',
    identity: number,
    disk: new MemoryDisk(),
    parts: { network: { secret: 'overheard, and not quite right', addresses } },
  })
  const fail = (error: unknown): void => report(`the stranger failed: ${String(error)}`)
  clock.after(atMs, () => {
    log('a stranger starts')
    stranger.start(() => undefined, []).catch(fail)
  })
  clock.after(untilMs, () => {
    for (const { name, node } of machines)
      if (node?.peers().some(({ id }) => id === stranger.id) === true) report(`${name} has taken in a stranger`)
    for (const { name } of stranger.node?.peers() ?? []) report(`a stranger has taken in ${name}`)
    stranger.close().catch(fail)
  })
  return stranger
}
