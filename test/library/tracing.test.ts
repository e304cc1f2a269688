import { channel, tracingChannel } from 'node:diagnostics_channel'
import { afterEach, describe, expect, it } from 'vitest'
import type { DialReport, EventReport, StreamReport } from '../../src/index.ts'
import { serveEcho, VirtualWorld } from './virtual.ts'

const undo: (() => void)[] = []
afterEach(() => {
  for (const end of undo.splice(0)) end()
})

/** Collects how each operation of a tracing channel began and how it ended. */
function traced<Report extends object>(name: string): { report: Report; ended?: unknown }[] {
  const operations: { report: Report; ended?: unknown }[] = []
  const subscribers = {
    start: (report: Report) => void operations.push({ report: { ...report } }),
    asyncEnd: (report: Report & { error?: unknown }) => {
      const last = operations.at(-1)
      if (last !== undefined) last.ended = report.error ?? 'done'
    },
  }
  const tracing = tracingChannel<Report>(name)
  tracing.subscribe(subscribers)
  undo.push(() => tracing.unsubscribe(subscribers))
  return operations
}

describe('whoever subscribes to the diagnostics channels', () => {
  it('is told of the events of all nodes of the process', async () => {
    const reports: EventReport[] = []
    const listener = (message: unknown): void => void reports.push(message as EventReport)
    channel('holdfast:event').subscribe(listener)
    undo.push(() => channel('holdfast:event').unsubscribe(listener))
    const { alice, bob } = await new VirtualWorld().pair()
    const told = (node: string): string[] =>
      reports.filter((report) => report.node === node).map(({ event }) => event.type)
    expect(told(alice.id)).toContain('peer:connected')
    expect(told(bob.id)).toContain('peer:connected')
  })

  it('is told of dials, and why one came to nothing', async () => {
    const world = new VirtualWorld()
    const dials = traced<DialReport>('holdfast:dial')
    const { alice, bob } = await world.pair()
    expect(dials).toEqual([{ report: { node: alice.id, peer: bob.id, address: 'memory://bob:1' }, ended: 'done' }])
    await world.wait(bob.close())
    await world.until(() => dials.length > 1 && dials.at(-1)?.ended !== undefined)
    expect(dials.at(-1)).toMatchObject({ report: { peer: bob.id }, ended: expect.any(Error) })
  })

  it('is told of streams that are opened and served', async () => {
    const world = new VirtualWorld()
    const { alice, bob, bobAtAlice } = await world.pair()
    serveEcho(bob)
    const opened = traced<StreamReport>('holdfast:open-stream')
    const served = traced<StreamReport>('holdfast:serve-stream')
    expect(await world.echo(bobAtAlice, 'hello')).toBe('hello')
    expect(opened).toEqual([{ report: { node: alice.id, peer: bob.id, protocol: 'echo' }, ended: 'done' }])
    expect(served).toEqual([{ report: { node: bob.id, peer: alice.id, protocol: 'echo' }, ended: 'done' }])
  })
})
