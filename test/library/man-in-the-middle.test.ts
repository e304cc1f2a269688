import { duplexPair } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { generateIdentity } from '../../src/identity/identity.ts'
import { type CodeChannel, codeCommitment, codeExporterLabel, pairingCode } from '../../src/identity/pairing-code.ts'
import { comparePeerIds, peerIdFromPublicKey } from '../../src/identity/peer-id.ts'
import type { Node, PairingRequest } from '../../src/index.ts'
import type { HoldfastNode } from '../../src/node/node.ts'
import { RemotePeer } from '../../src/node/peer/peer.ts'
import { PeerRecordStore } from '../../src/node/peer/peer-record-store.ts'
import { answerWithCode, askForCode, CODE_PROTOCOL } from '../../src/pairing/code-exchange.ts'
import { MessageStream } from '../../src/pairing/message-stream.ts'
import { decodeChallenge, encodeChallenge } from '../../src/pairing/messages.ts'
import { tcpTransport } from '../../src/transport/tcp/tcp.ts'
import type { Channel } from '../../src/transport/transport.ts'
import { Random } from '../sim/random.ts'
import { Workbench } from './nodes.ts'
import { VirtualWorld } from './virtual.ts'

/** What the people at a node see. */
function asked(node: Node): Promise<PairingRequest> {
  return new Promise((resolve) => node.once('pairing:requested', resolve))
}

describe('P3: a man in the middle, over TLS, with an identity of his own', () => {
  let bench: Workbench
  beforeEach(() => {
    bench = new Workbench()
  })
  afterEach(() => bench.dispose())

  it('who passes everything on as it is, is found out though nobody looks', async () => {
    const [alice, bob] = [await bench.node({ name: 'alice' }), await bench.node({ name: 'bob' })]
    // Links have even and odd numbers by which side is the lower one, so only somebody in between can pass them on.
    let identity = generateIdentity()
    while (comparePeerIds(alice.id, identity.id) * comparePeerIds(identity.id, bob.id) < 0)
      identity = generateIdentity()
    const mallory = tcpTransport({ identity, clock: systemClock })
    const listener = await mallory.listen('tcp://127.0.0.1:0', ({ channel: fromAlice, accepted }) => {
      accepted(true)
      const signal = AbortSignal.timeout(10_000)
      const dialed = mallory.dial(bob.listening[0] ?? '', { expect: bob.id, signal })
      void dialed.then((toBob) => {
        join(fromAlice, toBob)
        join(toBob, fromAlice)
      }, ignore)
    })
    bob.openPairing()
    const seen: PairingRequest[] = []
    for (const node of [alice, bob]) node.on('pairing:requested', (request) => seen.push(request))
    // Alice has found him under the name of bob.
    const alices = await alice.pairNearby(identity.id, { addresses: [listener.address] })
    alices.confirm()
    await expect(alices.peer).rejects.toMatchObject({ code: 'pairing-failed' })
    expect(seen).toEqual([alices])
    expect([alice.peers(), bob.peers()]).toEqual([[], []])
    await listener.close()
  })

  it('who pairs with both at the same time, has them see different codes, and gets nothing when they say no', async () => {
    const alice = await bench.node({ name: 'alice' })
    const bob = await bench.node({ name: 'bob' })
    const mallory = await bench.node({ name: 'bob' })
    for (const node of [bob, mallory]) node.openPairing()
    const shown = [asked(alice), asked(bob)] as const
    const his = [asked(mallory)]
    await alice.pairNearby(mallory.id, { addresses: mallory.addresses })
    await his[0]
    his.push(mallory.pairNearby(bob.id, { addresses: bob.addresses }))
    const [alices, bobs] = await Promise.all(shown)
    expect([alices.name, bobs.name]).toEqual(['bob', 'bob'])
    expect(alices.code).not.toBe(bobs.code)
    const requests = await Promise.all(his)
    for (const request of requests) request.confirm()
    bobs.confirm()
    await Promise.all([bobs.peer, requests[1]?.peer])
    alices.reject()
    await expect(alices.peer).rejects.toMatchObject({ code: 'pairing-rejected' })
    expect([alice.peers(), mallory.peers().map(({ id }) => id)]).toEqual([[], [bob.id]])
  })
})

describe('P3: a man in the middle between whole nodes, many times', () => {
  it('never has the two see the same code', async () => {
    let equal = 0
    for (let run = 0; run < 50; run++) {
      const world = new VirtualWorld()
      const alice = await world.node('alice', { randomBytes: randomOf(run, 1) })
      const bob = await world.node('bob', { randomBytes: randomOf(run, 2) })
      const mallory = await world.node('mallory', { randomBytes: randomOf(run, 3) })
      for (const node of [bob, mallory]) node.openPairing()
      const bobs = asked(bob)
      const [alices] = await world.wait(
        Promise.all([
          alice.pairNearby(mallory.id, { addresses: mallory.addresses }),
          mallory.pairNearby(bob.id, { addresses: bob.addresses }),
        ]),
      )
      if (alices.code === (await world.wait(bobs)).code) equal++
    }
    expect(equal).toBe(0)
  })
})

describe('P3: a man in the middle who chooses what he says by what he has heard', () => {
  const [alice, mallory, bob] = [1, 2, 3].map((number) => peerIdFromPublicKey(new Uint8Array(32).fill(number))) as [
    ReturnType<typeof peerIdFromPublicKey>,
    ReturnType<typeof peerIdFromPublicKey>,
    ReturnType<typeof peerIdFromPublicKey>,
  ]
  const RUNS = 1_000
  /** So many nonces he looks at before he names his own to alice. */
  const GUESSES = 60

  /** What alice and bob see. He has bob's part first, and then looks for a nonce by which alice sees the same first digit, as far as he can tell. */
  async function attack(random: (size: number) => Uint8Array): Promise<[alices: string, bobs: string]> {
    const [x1, x2] = [random(32), random(32)]
    const toAlice: CodeChannel = { exporter: x1, initiator: alice, issuer: mallory }
    const toBob: CodeChannel = { exporter: x2, initiator: mallory, issuer: bob }
    const [alicesEnd, malloryToAlice] = ends()
    const [bobsEnd, malloryToBob] = ends()
    const party = { name: 'somebody', randomBytes: random }
    const alices = askForCode(alicesEnd, party, toAlice)
    const bobs = answerWithCode(bobsEnd, party, () => [toBob])

    decodeChallenge(await malloryToAlice.next())
    const p = random(32)
    malloryToBob.send(encodeChallenge({ nonce: codeCommitment(toBob, p), name: 'alice' }))
    const { nonce: q } = decodeChallenge(await malloryToBob.next())
    const wanted = pairingCode({ ...toBob, initiatorNonce: p, issuerNonce: q })
    // He would have to know what alice has drawn; all that he can do is guess.
    const guessed = random(32)
    const candidates = Array.from({ length: GUESSES }, () => random(32))
    const best = candidates.find(
      (issuerNonce) => pairingCode({ ...toAlice, initiatorNonce: guessed, issuerNonce })[0] === wanted[0],
    )
    malloryToAlice.send(encodeChallenge({ nonce: best ?? random(32), name: 'bob' }))
    malloryToBob.send(p)
    return [(await alices).code, (await bobs).code]
  }

  it('cannot steer the codes: all million are as likely, and not even one digit agrees more often than by chance', async () => {
    const random = randomOf(7, 7)
    let firstDigits = 0
    let equal = 0
    const spread = new Array<number>(10).fill(0)
    for (let run = 0; run < RUNS; run++) {
      const [alices, bobs] = await attack(random)
      if (alices === bobs) equal++
      if (alices[0] === bobs[0]) firstDigits++
      spread[Number(alices[0])]!++
    }
    expect(equal).toBe(0)
    // 100 are expected, with a standard deviation of 9.5; were he able to steer, it would be nearly all.
    expect(firstDigits).toBeGreaterThan(50)
    expect(firstDigits).toBeLessThan(150)
    for (const count of spread) expect(Math.abs(count - RUNS / 10)).toBeLessThan(50)
  })

  it('is found out when he opens something else than what he committed to, having seen bob’s nonce', async () => {
    const random = randomOf(8, 8)
    const toBob: CodeChannel = { exporter: random(32), initiator: mallory, issuer: bob }
    const [bobsEnd, mallorys] = ends()
    const bobs = answerWithCode(bobsEnd, { name: 'bob', randomBytes: random }, () => [toBob])
    mallorys.send(encodeChallenge({ nonce: codeCommitment(toBob, random(32)), name: 'alice' }))
    await mallorys.next()
    mallorys.send(random(32))
    await expect(bobs).rejects.toMatchObject({ code: 'pairing-failed' })
  })
})

describe('P3: a man in the middle who holds the code of one side, and tries at the other until his code is the same', () => {
  const world = new VirtualWorld()

  /** He begins a pairing from an address of his own, learns the code before bob can see it, and goes. Undefined: he learns none. */
  async function learnCode(name: string, bob: HoldfastNode): Promise<string | undefined> {
    const mallory = await world.node(name)
    const over = new AbortController()
    const peer = new RemotePeer(mallory, PeerRecordStore.provisional(mallory.store, bob.id, bob.addresses))
    try {
      const { signal } = over
      const link = await world.wait(peer.connection.dialOnce(bob.addresses, signal, { pairing: 1 }))
      const messages = new MessageStream(await world.wait(peer.streams.open(CODE_PROTOCOL, { signal })))
      const exporter = link.channel.exportKeyingMaterial(codeExporterLabel, 32)
      const channel: CodeChannel = { exporter, initiator: mallory.id, issuer: bob.id }
      const initiatorNonce = new Uint8Array(32).fill(name.length)
      messages.send(encodeChallenge({ nonce: codeCommitment(channel, initiatorNonce), name: 'alice' }))
      const { nonce: issuerNonce } = decodeChallenge(await world.wait(messages.next()))
      return pairingCode({ ...channel, initiatorNonce, issuerNonce })
    } catch {
      return undefined
    } finally {
      over.abort()
      await world.wait(mallory.close({ flushTimeoutMs: 0 }))
      await world.run(2_000)
    }
  }

  it('has one try in a million each time that a person opens the node, from however many addresses', async () => {
    const [alice, bob] = [await world.node('alice'), await world.node('bob')]
    const inBetween = await world.node('between')
    inBetween.openPairing()
    // Alice looks at this code for two minutes.
    const alices = await world.wait(alice.pairNearby(inBetween.id, { addresses: inBetween.addresses }))
    const shown: PairingRequest[] = []
    bob.on('pairing:requested', (request) => shown.push(request))
    for (let opened = 1; opened <= 2; opened++) {
      bob.openPairing()
      const codes: (string | undefined)[] = []
      for (let at = 0; at < 12; at++) codes.push(await learnCode(`${opened}at${at}`, bob))
      expect(codes.filter((code) => code !== undefined)).toHaveLength(1)
      expect(bob.pairingOpenUntilMs).toBeUndefined()
    }
    expect([alices.state, shown]).toEqual(['comparing', []])
  })
})

function ignore(): void {
  // The test has ended.
}

function randomOf(seed: number, stream: number): (size: number) => Uint8Array {
  const random = new Random(seed, stream)
  return (size) => random.bytes(size)
}

function ends(): [MessageStream, MessageStream] {
  const [one, other] = duplexPair()
  return [new MessageStream(one), new MessageStream(other)]
}

/** What comes on one channel goes out on the other. */
function join(from: Channel, to: Channel): void {
  from.open({
    received: (bytes) => void to.write([Uint8Array.from(bytes)]),
    drained: () => undefined,
    closed: () => to.end(),
  })
}
