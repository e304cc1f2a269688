// What a fault does to the processes and the network of a case.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Case, Fault, Side } from './case.ts'
import type { Stage } from './stage.ts'
import type { Timeline } from './timeline.ts'

/** A daemon that was asked to stop has this time, then it is killed. */
const stopMsMax = 15_000

export interface Struck {
  readonly plan: Case
  readonly stage: Stage
  readonly timeline: Timeline
  hasEnded(side: Side): boolean
  /** Sends a signal to the command of this side. */
  signal(side: Side, signal: NodeJS.Signals): Promise<void>
  /** Called at the moment at which it happens. */
  struck(): void
}

/** Resolves when the fault is over: processes go on, and daemons that ended serve again. */
export async function strike(fault: Exclude<Fault, { kind: 'none' }>, on: Struck): Promise<void> {
  const { stage, plan, timeline } = on
  // It meets nobody if the command has ended by itself.
  if (fault.kind === 'signal' && on.hasEnded(fault.side)) return
  on.struck()
  switch (fault.kind) {
    case 'signal':
      timeline.add(`${fault.signal} to the ${fault.side}`)
      return on.signal(fault.side, fault.signal)
    case 'daemon':
      timeline.add(`${fault.signal} to the ${fault.side}'s daemon`)
      return restart(fault, on)
    case 'stop': {
      const { side, role } = fault.process
      const signal = async (name: NodeJS.Signals): Promise<void> => {
        timeline.add(`${name} to the ${side}'s ${role}`)
        if (role === 'command') await on.signal(side, name)
        else stage.daemon(plan, side).kill(name)
      }
      await signal('SIGSTOP')
      await sleep(fault.forMs)
      return signal('SIGCONT')
    }
    case 'reset':
      timeline.add('the connections are reset')
      return stage.network.reset()
    case 'hold':
      timeline.add('nothing passes')
      await stage.network.hold(fault.forMs)
      await sleep(fault.forMs)
      timeline.add('the network is back')
  }
}

async function restart({ signal, side, backAfterMs }: Extract<Fault, { kind: 'daemon' }>, on: Struck): Promise<void> {
  const { stage, plan, timeline } = on
  const daemon = stage.daemon(plan, side)
  daemon.kill(signal)
  const isGone = await Promise.race([daemon.exit, sleep(stopMsMax, undefined, { ref: false })])
  if (isGone === undefined) daemon.kill('SIGKILL')
  await daemon.exit
  timeline.add('the daemon has ended')
  await sleep(backAfterMs)
  await stage.restart(plan, side)
  timeline.add('the daemon is back')
}
