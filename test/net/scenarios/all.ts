import type { Scenario } from '../scenario.ts'
import { absentPeer } from './absent.ts'
import { addressChanges } from './address-change.ts'
import { blackHoles } from './black-hole.ts'
import { crowds } from './crowd.ts'
import { foundAgain, foundOnCable, noMulticast } from './found-again.ts'
import { idleBlackHole } from './idle.ts'
import { membersNearby } from './members-nearby.ts'
import { mesh } from './mesh.ts'
import { mtuBlackHole } from './mtu.ts'
import { oneConfiguration } from './one-configuration.ts'
import { packetLoss } from './packet-loss.ts'
import { reset } from './reset.ts'
import { restart } from './restart.ts'
import { sharedAddresses } from './shared-addresses.ts'
import { stopped } from './stopped.ts'
import { twoLinks } from './two-links.ts'

export const scenarios: readonly Scenario[] = [
  ...blackHoles,
  idleBlackHole,
  reset,
  absentPeer,
  ...addressChanges,
  twoLinks,
  packetLoss,
  restart,
  ...stopped,
  foundAgain,
  foundOnCable,
  membersNearby,
  sharedAddresses,
  ...oneConfiguration,
  mtuBlackHole,
  ...crowds,
  noMulticast,
  mesh,
]
