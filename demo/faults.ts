import type { Child } from './child.ts'
import type { Lift, Proxy } from './proxy.ts'
import type { Fault } from './schedule.ts'

/** What faults are done to. */
export interface Victims {
  readonly proxy: Proxy
  readonly sender: Child
  readonly receiver: Child
}

const DRIP_BYTES_PER_SECOND = 2_048

const nothingToLift: Lift = async () => {}

/** Does it, and answers how to undo it. */
export function strike(fault: Fault, { proxy, sender, receiver }: Victims): Lift {
  switch (fault.kind) {
    case 'cut':
      proxy.cut()
      return nothingToLift
    case 'reset':
      proxy.reset()
      return nothingToLift
    case 'blackHole':
      return proxy.blackHole(['out', 'back'])
    case 'oneWay':
      return proxy.blackHole([fault.direction])
    case 'refuse':
      return proxy.refuse()
    case 'drip':
      return proxy.drip(DRIP_BYTES_PER_SECOND)
    case 'freeze': {
      const child = fault.role === 'sender' ? sender : receiver
      child.freeze()
      return async () => child.thaw()
    }
  }
}

/** Whether it ends every connection, so that only a new one can carry bytes again. */
export function endsConnections(fault: Fault): boolean {
  return fault.kind === 'cut' || fault.kind === 'reset' || fault.kind === 'refuse'
}

/** What it is called in front of people. */
export function faultName(fault: Fault): string {
  switch (fault.kind) {
    case 'cut':
      return 'clean cut'
    case 'reset':
      return 'TCP reset'
    case 'blackHole':
      return 'black hole, both ways'
    case 'oneWay':
      return fault.direction === 'out' ? 'black hole on the way out' : 'black hole on the way back'
    case 'freeze':
      return `${fault.role} frozen`
    case 'refuse':
      return 'connections refused'
    case 'drip':
      return 'slow drip, 2 kB/s'
  }
}
