import type { NetworkInterfaceInfo } from 'node:os'
import { expect, test } from 'vitest'
import { ticketAddressesMax } from '../../identity/ticket.ts'
import type { NetworkInterfaces } from './network-watch.ts'
import { reachableAddresses } from './reachable-addresses.ts'

function info(address: string, internal = false): NetworkInterfaceInfo {
  const rest = { address, netmask: '', mac: '00:00:00:00:00:00', internal, cidr: `${address}/24` }
  return address.includes(':') ? { ...rest, family: 'IPv6', scopeid: 0 } : { ...rest, family: 'IPv4' }
}

const lo = [info('127.0.0.1', true), info('::1', true)]
const bridges = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`br-${at}`, [info(`172.${17 + at}.0.1`)]]))

test('with ten bridges before the real interface, a ticket of eight addresses names the real one first', () => {
  const interfaces: NetworkInterfaces = { lo, ...bridges, eth0: [info('192.168.1.20'), info('fe80::1')] }
  for (const defaultInterfaces of [['eth0'], []]) {
    const addresses = reachableAddresses(
      ['tcp://0.0.0.0:4001'],
      ['tcp://203.0.113.5:4001'],
      interfaces,
      defaultInterfaces,
    )
    expect(addresses.slice(0, ticketAddressesMax).slice(0, 3)).toEqual([
      'tcp://192.168.1.20:4001',
      'tcp://203.0.113.5:4001',
      'tcp://172.17.0.1:4001',
    ])
  }
})

test('with fewer than eight addresses all are told, link-local ones of IPv4 last, and loopback is not', () => {
  const interfaces: NetworkInterfaces = {
    lo,
    docker0: [info('172.17.0.1')],
    eth1: [info('169.254.7.9')],
    eth0: [info('192.168.1.20'), info('2001:db8::20'), info('fe80::1')],
  }
  expect(reachableAddresses(['tcp://[::]:4001'], [], interfaces, ['eth0'])).toEqual([
    'tcp://192.168.1.20:4001',
    'tcp://[2001:db8::20]:4001',
    'tcp://172.17.0.1:4001',
    'tcp://169.254.7.9:4001',
  ])
  expect(reachableAddresses(['tcp://0.0.0.0:4001'], [], interfaces, ['eth0'])).not.toContain(
    'tcp://[2001:db8::20]:4001',
  )
})

test('without any network, the nodes of the machine are told loopback', () => {
  expect(reachableAddresses(['tcp://0.0.0.0:4001'], [], { lo }, [])).toEqual(['tcp://127.0.0.1:4001'])
})

test('addresses that were chosen one by one are told as they are', () => {
  const listening = ['tcp://192.168.1.20:4001', 'tcp://172.17.0.1:4001']
  expect(reachableAddresses(listening, [], { ...bridges, eth0: [info('192.168.1.20')] }, ['eth0'])).toEqual(listening)
})
