// What every transport must do, whatever it runs on. Used beside each transport's own tests.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PeerId } from '../../src/identity/peer-id.ts'
import type { Channel, ChannelEvents, InboundChannel, Listener, Transport } from '../../src/transport/transport.ts'

/** A transport together with the id that it proves. */
export interface TransportOfPeer {
  readonly id: PeerId
  readonly transport: Transport
}

/** What a transport brings to the suite. Called anew for every test. */
export interface TransportFixture {
  /** Makes a node's transport; all that are made in one test reach one another. */
  peer(): TransportOfPeer
  /** Where to listen, with a port of the system's choice if the transport has ports. */
  readonly listenAddress: string
  /** An address of this transport where nobody listens. */
  readonly deadAddress: string
  close?(): Promise<void>
}

/** The owner of a channel: keeps what happened to it, and waits for what is to happen. */
export class Owner implements ChannelEvents {
  readonly chunks: Uint8Array[] = []
  bytes = 0
  drains = 0
  closes: (Error | undefined)[] = []
  /** Set by a test around its calls, to notice events that come from inside a call. */
  inCall = false
  #waiting: (() => void)[] = []

  received(bytes: Uint8Array): void {
    this.#notice()
    this.chunks.push(bytes)
    this.bytes += bytes.length
    this.#wake()
  }

  drained(): void {
    this.#notice()
    this.drains++
    this.#wake()
  }

  closed(error: Error | undefined): void {
    this.#notice()
    this.closes.push(error)
    this.#wake()
  }

  text(): string {
    return Buffer.concat(this.chunks).toString()
  }

  /** Resolves once `condition` holds after some event. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Makes a call to the channel, during which no event may come. */
  calling<T>(call: () => T): T {
    this.inCall = true
    try {
      return call()
    } finally {
      this.inCall = false
    }
  }

  #notice(): void {
    if (this.inCall) throw new Error('An event came from inside a call to the channel')
    if (this.closes.length > 0) throw new Error('An event came after closed')
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

/** Arrivals at a listener, one after another. */
export class Arrivals {
  readonly all: InboundChannel[] = []
  readonly #waiting: (() => void)[] = []

  readonly arrived = (arrival: InboundChannel): void => {
    this.all.push(arrival)
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** The arrival with this number, counted from 0. */
  async nth(index: number): Promise<InboundChannel> {
    for (;;) {
      const arrival = this.all[index]
      if (arrival !== undefined) return arrival
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }
}

const never = new AbortController().signal

/** Runs the suite for a transport. */
export function describeTransport(name: string, make: () => TransportFixture): void {
  describe(`${name} as a transport`, () => {
    let fixture: TransportFixture
    let alice: TransportOfPeer
    let bob: TransportOfPeer
    let listener: Listener
    let arrivals: Arrivals
    const channels: Channel[] = []

    beforeEach(async () => {
      fixture = make()
      alice = fixture.peer()
      bob = fixture.peer()
      arrivals = new Arrivals()
      listener = await bob.transport.listen(fixture.listenAddress, arrivals.arrived)
    })

    afterEach(async () => {
      for (const channel of channels.splice(0)) channel.destroy()
      await listener.close()
      await fixture.close?.()
    })

    /** A channel from Alice to Bob: her end, his end. */
    async function connect(): Promise<[Channel, Channel]> {
      const count = arrivals.all.length
      const outbound = await alice.transport.dial(listener.address, { expect: bob.id, signal: never })
      const { channel: inbound, accepted } = await arrivals.nth(count)
      accepted(true)
      accepted(true)
      channels.push(outbound, inbound)
      return [outbound, inbound]
    }

    /** The same, with an owner at each end. */
    async function connectOwned(): Promise<[Channel, Owner, Channel, Owner]> {
      const [outbound, inbound] = await connect()
      const [atAlice, atBob] = [new Owner(), new Owner()]
      outbound.open(atAlice)
      inbound.open(atBob)
      return [outbound, atAlice, inbound, atBob]
    }

    it('serves addresses of its own scheme', () => {
      expect(listener.address.startsWith(`${bob.transport.scheme}://`)).toBe(true)
    })

    it('tells each end who the other is, before a byte is exchanged', async () => {
      const [outbound, inbound] = await connect()
      expect([outbound.direction, outbound.remoteId]).toEqual(['outbound', bob.id])
      expect([inbound.direction, inbound.remoteId]).toEqual(['inbound', alice.id])
      expect(outbound.kind).toBe(inbound.kind)
      expect(outbound.remoteAddress).toBe(listener.address)
      expect(inbound.remoteAddress).toBe(outbound.localAddress)
    })

    it('carries bytes both ways, whole and in order, whatever the sizes of the writes', async () => {
      const [outbound, atAlice, inbound, atBob] = await connectOwned()
      const sizes = [1, 0, 16_383, 16_384, 16_385, 3, 65_536, 200_000, 7, 7, 7]
      const chunks = sizes.map((size, index) => new Uint8Array(size).fill(index + 1))
      const whole = Buffer.concat(chunks)
      outbound.write(chunks)
      for (const chunk of chunks) inbound.write([chunk])
      inbound.write([])
      await atBob.until(() => atBob.bytes >= whole.length)
      await atAlice.until(() => atAlice.bytes >= whole.length)
      expect(Buffer.concat(atBob.chunks).equals(whole)).toBe(true)
      expect(Buffer.concat(atAlice.chunks).equals(whole)).toBe(true)
    })

    it('never touches again what it has handed over', async () => {
      const [outbound, , , atBob] = await connectOwned()
      outbound.write([new Uint8Array(5000).fill(1)])
      await atBob.until(() => atBob.bytes === 5000)
      const [kept] = atBob.chunks
      const copy = Uint8Array.from(kept ?? [])
      outbound.write([new Uint8Array(500_000).fill(2)])
      await atBob.until(() => atBob.bytes === 505_000)
      expect(Buffer.compare(kept ?? copy.subarray(0, 0), copy)).toBe(0)
    })

    it('keeps what arrives before it is opened', async () => {
      const [outbound, inbound] = await connect()
      outbound.open(new Owner())
      outbound.write([Buffer.from('early')])
      outbound.end()
      await new Promise<void>((resolve) => setImmediate(resolve))
      const atBob = new Owner()
      inbound.open(atBob)
      await atBob.until(() => atBob.closes.length === 1)
      expect(atBob.text()).toBe('early')
    })

    it('holds the writer back when nobody reads, and says when there is room again', async () => {
      const [outbound, inbound] = await connect()
      const [atAlice, atBob] = [new Owner(), new Owner()]
      outbound.open(atAlice)
      const chunk = new Uint8Array(65_536)
      let sent = 0
      while (sent < 64 * 1024 * 1024) {
        sent += chunk.length
        if (outbound.write([chunk])) continue
        // The system's own buffers may still take some; once they are full, no more room is announced.
        const drains = atAlice.drains
        const settled = new Promise<boolean>((resolve) => setImmediate(() => setImmediate(() => resolve(false))))
        const drained = atAlice.until(() => atAlice.drains > drains).then(() => true)
        if (!(await Promise.race([drained, settled]))) break
      }
      expect(sent).toBeLessThan(64 * 1024 * 1024)
      const drains = atAlice.drains
      inbound.open(atBob)
      await atBob.until(() => atBob.bytes === sent)
      await atAlice.until(() => atAlice.drains > drains)
    })

    it('hands delivery to a new owner', async () => {
      const [outbound, , inbound, first] = await connectOwned()
      outbound.write([Buffer.from('one')])
      await first.until(() => first.bytes === 3)
      const second = new Owner()
      inbound.open(second)
      outbound.write([Buffer.from('two')])
      await second.until(() => second.bytes === 3)
      expect([first.text(), second.text()]).toEqual(['one', 'two'])
      outbound.destroy()
      await second.until(() => second.closes.length === 1)
      expect(first.closes).toHaveLength(0)
    })

    it('sends what is queued before it ends, and closes both ends without an error', async () => {
      const [outbound, atAlice, , atBob] = await connectOwned()
      const chunk = new Uint8Array(1_000_000)
      atAlice.calling(() => {
        outbound.write([chunk, chunk])
        outbound.end()
        outbound.end()
      })
      await atBob.until(() => atBob.closes.length === 1)
      await atAlice.until(() => atAlice.closes.length === 1)
      expect(atBob.bytes).toBe(2_000_000)
      expect([...atAlice.closes, ...atBob.closes]).toEqual([undefined, undefined])
    })

    it('closes at once when destroyed, once, and not from inside the call', async () => {
      const [outbound, atAlice, inbound, atBob] = await connectOwned()
      atAlice.calling(() => {
        outbound.destroy()
        outbound.destroy()
        outbound.end()
      })
      await atAlice.until(() => atAlice.closes.length === 1)
      await atBob.until(() => atBob.closes.length === 1)
      atAlice.calling(() => outbound.write([Buffer.from('into nothing')]))
      inbound.destroy()
      await new Promise<void>((resolve) => setImmediate(resolve))
      expect([atAlice.closes, atBob.closes.length, atBob.bytes]).toEqual([[undefined], 1, 0])
    })

    it('tells an owner who comes too late that it has closed', async () => {
      const [outbound, inbound] = await connect()
      const atBob = new Owner()
      inbound.open(atBob)
      outbound.destroy()
      await atBob.until(() => atBob.closes.length === 1)
      const late = new Owner()
      late.calling(() => outbound.open(late))
      await late.until(() => late.closes.length === 1)
    })

    it('derives secrets that the two ends share and nobody else', async () => {
      const [outbound, inbound] = await connect()
      const [other] = await connect()
      const secret = outbound.exportKeyingMaterial('EXPORTER-test', 32)
      expect(secret).toHaveLength(32)
      expect(Buffer.compare(secret, inbound.exportKeyingMaterial('EXPORTER-test', 32))).toBe(0)
      expect(Buffer.compare(secret, outbound.exportKeyingMaterial('EXPORTER-else', 32))).not.toBe(0)
      expect(Buffer.compare(secret, other.exportKeyingMaterial('EXPORTER-test', 32))).not.toBe(0)
    })

    it('refuses whoever is not the one that was expected', async () => {
      const stranger = fixture.peer()
      const dialed = alice.transport.dial(listener.address, { expect: stranger.id, signal: never })
      await expect(dialed).rejects.toMatchObject({ code: 'wrong-peer', expected: stranger.id, actual: bob.id })
    })

    it('tells who answered where nobody certain was expected', async () => {
      const channel = await alice.transport.dial(listener.address, { signal: never })
      channels.push(channel)
      expect(channel.remoteId).toBe(bob.id)
      const { channel: inbound } = await arrivals.nth(0)
      expect(inbound.remoteId).toBe(alice.id)
    })

    it('fails when nobody listens', async () => {
      const dialed = alice.transport.dial(fixture.deadAddress, { expect: bob.id, signal: never })
      await expect(dialed).rejects.toMatchObject({ code: 'connect-failed' })
    })

    it('gives up when told to, before and during a dial', async () => {
      const options = { expect: bob.id, signal: AbortSignal.abort(new Error('not today')) }
      await expect(alice.transport.dial(listener.address, options)).rejects.toThrow('not today')
      const controller = new AbortController()
      const dialed = alice.transport.dial(listener.address, { expect: bob.id, signal: controller.signal })
      controller.abort(new Error('never mind'))
      await expect(dialed).rejects.toThrow('never mind')
    })

    it('is not disturbed by an abort that comes after the dial', async () => {
      const controller = new AbortController()
      const channel = await alice.transport.dial(listener.address, { expect: bob.id, signal: controller.signal })
      channels.push(channel)
      controller.abort()
      const { channel: inbound } = await arrivals.nth(0)
      const atBob = new Owner()
      inbound.open(atBob)
      channel.open(new Owner())
      channel.write([Buffer.from('still here')])
      await atBob.until(() => atBob.text() === 'still here')
    })

    it('keeps accepted channels when the listener closes, and takes no new ones', async () => {
      const [outbound, , , atBob] = await connectOwned()
      await listener.close()
      const dialed = alice.transport.dial(listener.address, { expect: bob.id, signal: never })
      await expect(dialed).rejects.toMatchObject({ code: 'connect-failed' })
      outbound.write([Buffer.from('still here')])
      await atBob.until(() => atBob.text() === 'still here')
    })

    it('serves many dials at once, each with its own end', async () => {
      const dials = Array.from({ length: 40 }, () => {
        return alice.transport.dial(listener.address, { expect: bob.id, signal: never })
      })
      for (let index = 0; index < dials.length; index++) {
        const { channel, accepted } = await arrivals.nth(index)
        channels.push(channel)
        channel.open(new Owner())
        channel.write([Buffer.from(channel.remoteAddress)])
        accepted(true)
      }
      for (const channel of await Promise.all(dials)) {
        channels.push(channel)
        const owner = new Owner()
        channel.open(owner)
        await owner.until(() => owner.bytes >= channel.localAddress.length)
        expect(owner.text()).toBe(channel.localAddress)
      }
    })

    it('takes no address of another scheme or form', async () => {
      for (const address of ['', 'nonsense', 'http://127.0.0.1:1', `${alice.transport.scheme}:`]) {
        const dialed = alice.transport.dial(address, { expect: bob.id, signal: never })
        await expect(dialed).rejects.toMatchObject({ code: 'invalid-address' })
      }
    })
  })
}
