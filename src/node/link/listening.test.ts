import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../test/sim/virtual-clock.ts'
import { peerIdFromPublicKey } from '../../identity/peer-id.ts'
import { MemoryNetwork } from '../../testing/memory-transport/memory.ts'
import type { Transport } from '../../transport/transport.ts'
import { Listening } from './listening.ts'

const clock = new VirtualClock()
const [anna, bert] = [1, 2].map((number) => peerIdFromPublicKey(new Uint8Array(32).fill(number))) as [never, never]

/** Listens nowhere, and says where. */
function listeningOn(
  address: string,
  advertise?: readonly string[],
  expected: (address: string) => void = () => undefined,
): Listening {
  const transport: Transport = {
    ...new MemoryNetwork({ clock, random: () => 0 }).transport('alice', anna),
    scheme: 'tcp',
    listen: () => Promise.resolve({ address, expect: expected, close: () => Promise.resolve() }),
  }
  const reachable = (_: readonly string[], forwarded: readonly string[]): string[] => [
    'tcp://192.168.7.2:4000',
    ...forwarded,
  ]
  return new Listening({ transports: [transport], listen: [address], reachable, advertise, clock })
}

describe('P6: where a node says that it can be dialed', () => {
  it('is also where peers in two networks see it, with its own port, until it moves', async () => {
    const listening = listeningOn('tcp://[::]:4000')
    await listening.start(() => undefined)
    listening.seenAs('tcp://203.0.113.5:51000', anna, 'tcp://192.0.3.1:4000')
    expect(listening.addresses).toEqual(['tcp://192.168.7.2:4000'])
    listening.seenAs('tcp://203.0.113.5:51001', bert, 'tcp://192.0.7.9:4000')
    expect(listening.addresses).toEqual(['tcp://192.168.7.2:4000'])
    listening.seenAs('tcp://203.0.113.5:51001', bert, 'tcp://198.52.1.1:4000')
    expect(listening.addresses).toEqual(['tcp://192.168.7.2:4000', 'tcp://203.0.113.5:4000'])
    listening.moved()
    expect(listening.addresses).toEqual(['tcp://192.168.7.2:4000'])
  })

  it('prefers those who come from where peers were in an earlier run', async () => {
    const expected: string[] = []
    const listening = listeningOn('tcp://[::]:4000', undefined, (address) => expected.push(address))
    await listening.start(() => undefined, ['tcp://203.0.113.9:4000', 'tcp://bob.example:4000'])
    expect(expected).toEqual(['tcp://203.0.113.9:4000', 'tcp://bob.example:4000'])
  })

  it.each([
    ['it was told what to say', 'tcp://[::]:4000', ['tcp://home.example:1']],
    ['it listens on one address alone', 'tcp://192.168.7.2:4000', undefined],
  ])('is not where peers see it when %s', async (_, address, advertise) => {
    const listening = listeningOn(address, advertise)
    await listening.start(() => undefined)
    listening.seenAs('tcp://203.0.113.5:51000', anna, 'tcp://192.0.3.1:4000')
    listening.seenAs('tcp://203.0.113.5:51000', bert, 'tcp://198.52.1.1:4000')
    expect(listening.addresses).toEqual(advertise ?? ['tcp://192.168.7.2:4000'])
  })
})
