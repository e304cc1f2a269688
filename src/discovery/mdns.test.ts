import { createSocket } from 'node:dgram'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../clock.ts'
import { type PeerId, peerIdFromPublicKey } from '../identity/peer-id.ts'
import type { Sighting } from './discovery.ts'
import type { Interfaces } from './interfaces.ts'
import { MdnsDiscovery } from './mdns.ts'

const loopback: Interfaces = {
  lo: [
    {
      address: '127.0.0.1',
      netmask: '255.0.0.0',
      family: 'IPv4',
      mac: '00:00:00:00:00:00',
      internal: true,
      cidr: '127.0.0.1/8',
    },
  ],
}
/** Not the port of the real service, so that nobody else hears it, nor other runs of this test. */
const port = 20_000 + (process.pid % 20_000)

/** A node on the loopback interface, and what it has heard, as it comes. */
class Station {
  readonly id: PeerId
  readonly discovery: MdnsDiscovery
  readonly heard: Sighting[] = []
  acceptsPairing = false
  readonly #waiting: (() => void)[] = []

  constructor(number: number, interfaces: () => Interfaces = () => loopback) {
    this.id = peerIdFromPublicKey(new Uint8Array(32).fill(number))
    this.discovery = new MdnsDiscovery({ clock: systemClock, random: Math.random, interfaces, port })
  }

  start(name: string | undefined): void {
    this.discovery.start({
      id: this.id,
      announcement: () =>
        name === undefined
          ? undefined
          : { name, listening: ['tcp://127.0.0.1:4000'], acceptsPairing: this.acceptsPairing },
      heard: (sighting) => {
        this.heard.push(sighting)
        for (const wake of this.#waiting.splice(0)) wake()
      },
    })
  }

  /** Waits until something like that was heard. */
  async hears(matches: (sighting: Sighting) => boolean): Promise<Sighting> {
    for (;;) {
      const found = this.heard.find(matches)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }
}

describe('P6: nodes on one machine, by real multicast on its loopback interface', () => {
  const stations: Station[] = []
  const station = (number: number, interfaces?: () => Interfaces): Station => {
    const made = new Station(number, interfaces)
    stations.push(made)
    return made
  }
  afterEach(async () => {
    await Promise.all(stations.splice(0).map(({ discovery }) => discovery.stop()))
  })

  it('hear each other, what changes, and that one of them ends', async () => {
    const [anna, bert] = [station(1), station(2)]
    anna.start('anna')
    bert.start('bert')
    const seen = await anna.hears(({ id }) => id === bert.id)
    expect(seen).toMatchObject({ name: 'bert', addresses: ['tcp://127.0.0.1:4000'], acceptsPairing: false })
    await bert.hears(({ id }) => id === anna.id)
    expect(anna.discovery.state).toMatchObject({ kind: 'listening', interfaces: ['127.0.0.1'] })
    expect(anna.discovery.state).toHaveProperty('heardAtMs', expect.any(Number))
    bert.acceptsPairing = true
    bert.discovery.changed()
    await anna.hears(({ id, acceptsPairing }) => id === bert.id && acceptsPairing)
    await bert.discovery.stop()
    await anna.hears(({ id, lifeMs }) => id === bert.id && lifeMs === 0)
    expect(bert.discovery.state).toEqual({ kind: 'off' })
  })

  it('that do not let themselves be found hear the others all the same', async () => {
    const [shy, bert] = [station(3), station(4)]
    bert.start('bert')
    shy.start(undefined)
    await shy.hears(({ id }) => id === bert.id)
    // What it would have said by now, had it anything to say.
    const third = station(5)
    third.start('third')
    await bert.hears(({ id }) => id === third.id)
    expect(bert.heard.some(({ id }) => id === shy.id)).toBe(false)
  })

  it('live through packets that are no DNS, or too long, and go on hearing', async () => {
    const anna = station(6)
    anna.start('anna')
    const noise = createSocket('udp4')
    const send = (packet: Buffer): Promise<void> =>
      new Promise((resolve) => {
        noise.send(packet, port, '224.0.0.251', () => resolve())
      })
    await new Promise<void>((resolve) => noise.bind(0, '127.0.0.1', resolve))
    noise.setMulticastInterface('127.0.0.1')
    const mark = Buffer.from('_holdfast')
    for (let length = 0; length < 24; length++)
      await send(Buffer.concat([Buffer.alloc(length, 0xc0 + (length & 0x3f)), mark]))
    await send(Buffer.concat([mark, Buffer.alloc(20_000)]))
    const bert = station(7)
    bert.start('bert')
    await anna.hears(({ id }) => id === bert.id)
    expect(anna.discovery.state.kind).toBe('listening')
    await new Promise<void>((resolve) => noise.close(resolve))
  })

  it('say why it does not work where an interface is gone, and find it again', async () => {
    let present = false
    const gone: Interfaces = {
      eth9: [{ ...loopback['lo']![0]!, address: '192.0.2.77', cidr: '192.0.2.77/24', internal: false }],
    }
    const anna = station(8, () => (present ? loopback : gone))
    anna.start('anna')
    const failed = async (): Promise<void> => {
      while (anna.discovery.state.kind !== 'failed') await new Promise((resolve) => setImmediate(resolve))
    }
    await failed()
    expect(anna.discovery.state).toMatchObject({ reason: expect.stringContaining('eth9 (192.0.2.77)') })
    present = true
    anna.discovery.networkChanged()
    expect(anna.discovery.state).toMatchObject({ kind: 'listening', interfaces: ['127.0.0.1'] })
    const bert = station(9)
    bert.start('bert')
    await anna.hears(({ id }) => id === bert.id)
  })

  it('say that there is no network where there is none', () => {
    const anna = station(10, () => ({}))
    anna.start('anna')
    expect(anna.discovery.state).toMatchObject({ kind: 'failed', reason: 'This machine has no network with IPv4' })
  })
})
