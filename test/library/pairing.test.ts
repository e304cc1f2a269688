import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decodeTicket, encodeTicket } from '../../src/identity/ticket.ts'
import { readStore } from '../../src/store/sqlite.ts'
import { readAll, Workbench } from './nodes.ts'

describe('pairing by ticket', () => {
  let bench: Workbench
  beforeEach(() => {
    bench = new Workbench()
  })
  afterEach(() => bench.dispose())

  it('leaves both sides with each other, connected on the link that it ran on', async () => {
    const { alice, bob, aliceAtBob, bobAtAlice } = await bench.pair()
    expect(aliceAtBob.id).toBe(alice.id)
    expect(bobAtAlice.id).toBe(bob.id)
    expect(aliceAtBob.name).toBe('alice')
    expect(bobAtAlice.name).toBe('bob')
    expect([aliceAtBob.state.kind, bobAtAlice.state.kind]).toEqual(['connected', 'connected'])
    expect([aliceAtBob.links.length, bobAtAlice.links.length]).toEqual([1, 1])
  })

  it('derives two keys that match across and differ', async () => {
    const dirs = [await bench.folder(), await bench.folder()] as const
    const { alice, bob } = await bench.pair({ dir: dirs[0] }, { dir: dirs[1] })
    const bobs = readStore(dirs[0])?.peers()[0]?.keys
    const alices = readStore(dirs[1])?.peers()[0]?.keys
    expect(bobs?.send).toEqual(alices?.receive)
    expect(bobs?.receive).toEqual(alices?.send)
    expect(bobs?.send).not.toEqual(bobs?.receive)
    await Promise.all([alice.close(), bob.close()])
  })

  it('serves one node: another one is refused with the used ticket', async () => {
    const bob = await bench.node()
    const ticket = await bob.ticket()
    const first = await bench.node({ listen: [] })
    const second = await bench.node({ listen: [] })
    await first.pair(ticket)
    await expect(second.pair(ticket)).rejects.toMatchObject({ code: 'refused', refusal: 'ticket-refused' })
    expect(second.peers()).toEqual([])
    await expect(first.pair(ticket)).resolves.toMatchObject({ id: bob.id })
  })

  it('is not used up by somebody who knows its number but not its secret', async () => {
    const bob = await bench.node()
    const text = await bob.ticket()
    const thief = await bench.node({ listen: [] })
    const forged = encodeTicket({ ...decodeTicket(text), secret: new Uint8Array(16) })
    await expect(thief.pair(forged)).rejects.toThrow()
    expect(bob.peers()).toEqual([])
    const alice = await bench.node({ listen: [] })
    await expect(alice.pair(text)).resolves.toMatchObject({ id: bob.id })
  })

  it('says what is wrong with a ticket', async () => {
    const bob = await bench.node()
    const alice = await bench.node({ listen: [] })
    const ticket = await bob.ticket()
    await expect(alice.pair(ticket.replace(/.$/, (end) => (end === 'q' ? 'p' : 'q')))).rejects.toMatchObject({
      code: 'invalid-ticket',
    })
    await expect(alice.pair(bob.id)).rejects.toMatchObject({ code: 'invalid-ticket' })
    await expect(bob.pair(ticket)).rejects.toMatchObject({ code: 'pairing-failed' })
    await expect(alice.ticket()).rejects.toThrow(/does not listen/)
  })

  it('carries streams once it is complete, and both find each other again after a restart', async () => {
    const dir = await bench.folder()
    const { alice, bob, bobAtAlice } = await bench.pair({}, { dir })
    bob.handle('echo/1', (stream) => stream.pipe(stream))
    const stream = await bobAtAlice.openStream('echo/1')
    stream.end('before')
    expect(String(await readAll(stream))).toBe('before')
    await alice.close()

    const again = await bench.node({ dir, listen: [] })
    const after = await again.peer(bob.id).openStream('echo/1')
    after.end('after')
    expect(String(await readAll(after))).toBe('after')
  })

  it('refuses strangers without a ticket, in words', async () => {
    const dir = await bench.folder()
    const bobDir = await bench.folder()
    const { alice, bob } = await bench.pair({ dir: bobDir }, { dir })
    const [listening] = bob.listening
    await Promise.all([alice.close(), bob.close()])
    // Bob with another memory: the same identity, but nobody is paired.
    const { copyFile } = await import('node:fs/promises')
    const forgetful = await bench.folder()
    await copyFile(`${bobDir}/identity.pem`, `${forgetful}/identity.pem`)
    await bench.node({ dir: forgetful, listen: [listening ?? ''] })
    const again = await bench.node({ dir, listen: [] })
    const [peer] = again.peers()
    await expect(peer?.connected()).rejects.toMatchObject({ code: 'peer-blocked' })
    expect(peer?.state).toMatchObject({ kind: 'blocked', code: 'not-paired' })
  })
})
