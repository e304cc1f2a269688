import type { DiscoveryState } from '../../discovery/discovery.ts'
import { duration } from '../../node/events/duration.ts'
import type { DoctorCheck } from '../contract/doctor.ts'
import { info, ok, warn } from './finding.ts'

/** Whether others can be heard on the local network. */
export function checkMulticast(discovery: DiscoveryState, nowMs: number): DoctorCheck {
  switch (discovery.kind) {
    case 'off':
      return info('multicast', 'the search on the local network is switched off', { kind: 'off' })
    case 'failed':
      return warn(
        'multicast',
        `the local network cannot be searched: ${discovery.reason}`,
        'peers are still reached at addresses that are known; see whether another program holds UDP port 5353',
        { kind: 'failed' },
      )
    case 'listening': {
      const { heardAtMs, interfaces } = discovery
      const data = { kind: 'listening', interfaces: [...interfaces], heardAtMs: heardAtMs ?? null }
      if (heardAtMs !== undefined) {
        return ok(
          'multicast',
          `others were heard on the local network ${duration(Math.max(0, nowMs - heardAtMs))} ago`,
          data,
        )
      }
      return info(
        'multicast',
        'nobody was heard on the local network yet: nobody else speaks there, or it drops multicast (guest Wi-Fi often does)',
        data,
      )
    }
  }
}
