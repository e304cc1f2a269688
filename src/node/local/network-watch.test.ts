import type { NetworkInterfaceInfo } from 'node:os'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../test/sim/virtual-clock.ts'
import { addressKind } from '../../core/dial/address-kind.ts'
import { type NetworkChange, type NetworkInterfaces, watchNetwork } from './network-watch.ts'

function info(cidr: string, internal = false): NetworkInterfaceInfo {
  const address = cidr.replace(/\/.*/, '')
  const rest = { address, netmask: '', mac: '00:00:00:00:00:00', internal, cidr }
  return address.includes(':') ? { ...rest, family: 'IPv6', scopeid: 0 } : { ...rest, family: 'IPv4' }
}

const loopback = { lo: [info('127.0.0.1/8', true), info('::1/128', true)] }

function watching(first: NetworkInterfaces) {
  const clock = new VirtualClock()
  const changes: NetworkChange[] = []
  const machine = { interfaces: first, fails: false }
  const watch = watchNetwork({
    clock,
    interfaces: () => {
      if (machine.fails) throw new Error('The system is short of something')
      return machine.interfaces
    },
    changed: (change) => changes.push(change),
  })
  const pass = (): Promise<void> => clock.run(clock.now() + 1_000)
  return { clock, changes, machine, watch, pass }
}

describe('L4: the interfaces of this machine', () => {
  it('are watched: an address that comes or goes is told within half a second', async () => {
    const { clock, changes, machine, watch } = watching({ ...loopback, wlan0: [info('192.0.2.7/24')] })
    machine.interfaces = loopback
    await clock.run(500)
    machine.interfaces = { ...loopback, wlan0: [info('192.0.2.8/24'), info('2001:db8::8/64')], eth0: undefined }
    await clock.run(1_000)
    expect(changes).toEqual([
      { added: [], removed: ['wlan0 192.0.2.7/24'] },
      { added: ['wlan0 192.0.2.8/24', 'wlan0 2001:db8::8/64'], removed: [] },
    ])
    expect(watch.networks.map((network) => addressKind('tcp://192.0.2.99:1', [network]))).toEqual([
      'same-network',
      'public',
    ])
    watch.stop()
    expect(clock.pendingTimers).toBe(0)
  })

  it('tell of a network with nothing but link-local addresses, as of a cable between two machines', async () => {
    const { changes, machine, watch, pass } = watching({ ...loopback, eth0: [info('fe80::1/64')] })
    machine.interfaces = { ...loopback, eth0: [info('fe80::1/64'), info('169.254.3.4/16')] }
    await pass()
    expect(changes).toEqual([{ added: ['eth0 169.254.3.4/16'], removed: [] }])
    expect(watch.networks.map((network) => addressKind('tcp://169.254.9.9:1', [network]))).toEqual(['same-network'])
    machine.interfaces = { ...loopback, eth0: [info('169.254.3.4/16'), info('192.0.2.7/24')] }
    await pass()
    expect(changes.slice(1)).toEqual([{ added: ['eth0 192.0.2.7/24'], removed: ['eth0 169.254.3.4/16'] }])
  })

  it('say nothing new by addresses that lead nowhere else, or by another order', async () => {
    const { changes, machine, pass } = watching({ eth0: [info('192.0.2.7/24')], ...loopback })
    machine.interfaces = { ...loopback, eth0: [info('fe80::1/64'), info('192.0.2.7/24'), info('169.254.3.4/16')] }
    await pass()
    machine.interfaces = {}
    machine.fails = true
    await pass()
    expect(changes).toEqual([])
    machine.fails = false
    await pass()
    expect(changes).toHaveLength(1)
  })
})
