import { describe, expect, it } from 'vitest'
import { type InterfaceAddress, orderByUsefulness } from './own-address-order.ts'

function on(name: string, ...hosts: string[]): InterfaceAddress[] {
  return hosts.map((host) => ({ interface: name, host }))
}

const bridges = Array.from({ length: 10 }, (_, at) =>
  on(at === 0 ? 'docker0' : `br-${at}f3a`, `172.${17 + at}.0.1`),
).flat()

describe('the addresses that others are told, the most useful first', () => {
  it('begin with the interface of the default route, though ten bridges come before it', () => {
    const { direct, doubtful } = orderByUsefulness([...bridges, ...on('eth0', '192.168.1.20')], ['eth0'])
    expect(direct).toEqual(['192.168.1.20'])
    expect(doubtful).toEqual(bridges.map(({ host }) => host))
  })

  it('begin with it whatever it and the bridges are called', () => {
    const own = [...on('lan1', '10.1.0.1'), ...on('lan2', '10.2.0.1'), ...on('br0', '192.168.1.20')]
    expect(orderByUsefulness(own, ['br0']).direct).toEqual(['192.168.1.20', '10.1.0.1', '10.2.0.1'])
  })

  it('have interfaces that look like real ones before bridges, where the system tells no default route', () => {
    const own = [...bridges, ...on('wg0', '10.8.0.2'), ...on('wlan0', '192.168.1.20'), ...on('en0', '192.168.2.20')]
    const { direct, doubtful } = orderByUsefulness(own, [])
    expect(direct).toEqual(['192.168.1.20', '192.168.2.20'])
    expect(doubtful.slice(0, 2)).toEqual(['10.8.0.2', '172.17.0.1'])
  })

  it.each([
    'docker0',
    'br-0123456789ab',
    'br0',
    'veth12ab',
    'virbr0',
    'cni0',
    'flannel.1',
    'cali12',
    'vmnet8',
    'vboxnet0',
    'lxcbr0',
    'podman0',
    'vEthernet (WSL)',
  ])('have %s behind a cable', (name) => {
    expect(orderByUsefulness([...on(name, '10.0.0.1'), ...on('enp3s0', '10.0.1.1')], [])).toEqual({
      direct: ['10.0.1.1'],
      doubtful: ['10.0.0.1'],
    })
  })

  it('have link-local ones last, and with them a cable between two machines is told at all', () => {
    const own = [...on('eth1', '169.254.7.9'), ...bridges.slice(0, 1), ...on('eth0', '192.168.1.20')]
    expect(orderByUsefulness(own, ['eth0'])).toEqual({
      direct: ['192.168.1.20'],
      doubtful: ['172.17.0.1', '169.254.7.9'],
    })
    expect(orderByUsefulness(on('eth1', '169.254.7.9'), [])).toEqual({ direct: [], doubtful: ['169.254.7.9'] })
  })

  it('take turns by interface and family, so that many temporary ones of IPv6 leave room for the others', () => {
    const own = [
      ...on('eth0', '2001:db8::1', '2001:db8::2', '2001:db8::3', '192.168.1.20'),
      ...on('wlan0', '2001:db8:1::1', '192.168.2.20'),
    ]
    expect(orderByUsefulness(own, ['eth0']).direct).toEqual([
      '2001:db8::1',
      '192.168.1.20',
      '2001:db8::2',
      '2001:db8::3',
      '2001:db8:1::1',
      '192.168.2.20',
    ])
  })

  it('are all kept', () => {
    const own = [...bridges, ...on('eth0', '192.168.1.20', '2001:db8::1'), ...on('eth1', '169.254.7.9')]
    const { direct, doubtful } = orderByUsefulness(own, ['eth0'])
    expect([...direct, ...doubtful].toSorted()).toEqual(own.map(({ host }) => host).toSorted())
  })
})
