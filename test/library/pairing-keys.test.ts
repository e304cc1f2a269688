// Keys that an application derives from a pairing, on real nodes with real folders.
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { seal, unseal } from '../../docs/examples/sealed-file.ts'
import type { Peer } from '../../src/index.ts'
import { readStore } from '../../src/store/sqlite.ts'
import { Workbench } from './nodes.ts'

const label = 'notes/1 backup'

describe('the keys of a pairing for applications', () => {
  let bench: Workbench
  beforeEach(() => {
    bench = new Workbench()
  })
  afterEach(() => bench.dispose())

  it('agree across, one for each direction, and are never the keys of the pairing', async () => {
    const dir = await bench.folder()
    const { alice, bob, aliceAtBob, bobAtAlice } = await bench.pair({ dir })
    const [alices, bobs] = [bobAtAlice.keys(label), aliceAtBob.keys(label)]
    expect(alices.send).toEqual(bobs.receive)
    expect(alices.receive).toEqual(bobs.send)
    expect(alices.send).not.toEqual(alices.receive)
    expect(bobAtAlice.keys('another').send).not.toEqual(alices.send)
    await Promise.all([alice.close(), bob.close()])
    const stored = readStore(dir)?.peers()[0]?.keys
    for (const key of [bobs.send, bobs.receive])
      expect([Buffer.from(stored!.send), Buffer.from(stored!.receive)]).not.toContainEqual(Buffer.from(key))
  })

  it('are the same after both sides have restarted', async () => {
    const dirs = [await bench.folder(), await bench.folder()] as const
    const { alice, bob, aliceAtBob, bobAtAlice } = await bench.pair({ dir: dirs[0] }, { dir: dirs[1] })
    const before = [aliceAtBob.keys(label), bobAtAlice.keys(label)]
    await Promise.all([alice.close(), bob.close()])
    const [bobAgain, aliceAgain] = [await bench.node({ dir: dirs[0] }), await bench.node({ dir: dirs[1], listen: [] })]
    expect([bobAgain.peer(alice.id).keys(label), aliceAgain.peer(bob.id).keys(label)]).toEqual(before)
  })

  it('are new after a pairing anew, and agree across again', async () => {
    const { alice, bob, bobAtAlice } = await bench.pair()
    const before = bobAtAlice.keys(label)
    const again = await alice.pair(await bob.ticket())
    const after = again.keys(label)
    expect(after.send).not.toEqual(before.send)
    expect(after.receive).not.toEqual(before.receive)
    expect(bob.peer(alice.id).keys(label)).toEqual({ send: after.receive, receive: after.send })
  })

  it('are refused in words for a label that is none, for members of a network, and after the pairing has ended', async () => {
    const { bobAtAlice } = await bench.pair()
    expect(() => bobAtAlice.keys('')).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
    expect(() => bobAtAlice.keys('x'.repeat(256))).toThrow(/1 to 255 bytes/)
    bobAtAlice.unpair()
    expect(() => bobAtAlice.keys(label)).toThrow(expect.objectContaining({ code: 'no-pairing-keys' }))

    const secret = '5e1f0b9c2d7a4486'.repeat(4)
    const one = await bench.node({ network: { secret, addresses: [] } })
    const other = await bench.node({ network: { secret, addresses: [...one.listening] } })
    const [member] = other.peers().length > 0 ? other.peers() : ((await once(other, 'paired')) as [Peer])
    expect(member?.relation).toBe('member')
    expect(() => member?.keys(label)).toThrow(/pair with it by a ticket or a code first/)
  })

  it('encrypt a file for a peer, as the example in the documentation does', async () => {
    const { aliceAtBob, bobAtAlice } = await bench.pair()
    const file = join(await bench.folder(), 'plan.sealed')
    const plan = Buffer.from('the plan, whole')
    await writeFile(file, seal(plan, bobAtAlice))
    const sealed = await readFile(file)
    expect(sealed.includes('plan')).toBe(false)
    expect(unseal(sealed, aliceAtBob)).toEqual(plan)
    // Not even its author can play it back as if the peer had sent it.
    expect(() => unseal(sealed, bobAtAlice)).toThrow()
    expect(() => unseal(sealed.with(20, sealed[20]! ^ 1), aliceAtBob)).toThrow()
    expect(() => unseal(sealed.subarray(0, 20), aliceAtBob)).toThrow(/too short/)
  })
})
