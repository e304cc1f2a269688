import { expect, test } from 'vitest'
import { pathText } from './path.ts'

test.each([
  ['direct', 'tcp://127.0.0.1:4100', 'on this machine'],
  ['direct', 'tcp://[::1]:4100', 'on this machine'],
  ['direct', 'tcp://[::ffff:192.168.1.7]:4100', 'over the local network'],
  ['direct', 'tcp://172.31.0.9:4100', 'over the local network'],
  ['direct', 'tcp://[fd12:3456::1]:4100', 'over the local network'],
  ['direct', 'tcp://100.101.2.3:4100', 'over a private network'],
  ['direct', 'tcp://172.32.0.9:4100', 'over the internet'],
  ['direct', 'tcp://[2001:db8::7]:4100', 'over the internet'],
  ['relay', 'relay://relay.example:443', 'over a relay'],
] as const)('a %s link to %s goes %s', (kind, address, expected) => {
  expect(pathText({ kind, address, localAddress: 'tcp://192.168.1.2:50000' })).toBe(expected)
})

test('a link whose two ends have one address goes nowhere', () => {
  const link = { kind: 'direct', address: 'tcp://192.0.2.2:4100', localAddress: 'tcp://192.0.2.2:50000' } as const
  expect(pathText(link)).toBe('on this machine')
})
