import type { NodeParts } from '../../src/node/create.ts'
import { names } from './names.ts'
import { hostOf, placesOf } from './places.ts'
import type { Plan } from './plan.ts'
import { VISIT_PROTOCOL } from './visits.ts'

const STRICT_PING_MS = 10_000
const SECRET = 'seven ravens over the harbour'

/** What the node of a machine is made of beyond what all have. */
export function partsOf(number: number, plan: Plan): Partial<NodeParts> {
  const { nodes, pairing, direction, visits } = plan
  // One address of each: by these alone it is decided who dials whom, if it goes by addresses.
  const addresses = names
    .slice(0, nodes)
    .flatMap((name, other) => placesOf(hostOf(other, name, plan), plan).slice(0, 1))
  return {
    ...(pairing === 'network' && { network: { secret: SECRET, addresses } }),
    // The higher side cannot say that it lost a link, so the lower one has to find out by itself.
    ...(direction === 'strict' && { keepAlive: { mode: 'adaptive', intervalMsMax: STRICT_PING_MS } }),
    ...(visits?.host === number && {
      ...(visits.isAdmitted && { admit: 'anyone' }),
      guests: { protocols: [VISIT_PROTOCOL], idleTimeoutMs: visits.idleTimeoutMs },
    }),
  }
}
