import { describe, expect, it } from 'vitest'
import { EventLog } from './event-log.ts'
import { Outages } from './outages.ts'

function stage(outagesMax?: number) {
  const log = new EventLog({ run: '1', wallNow: () => 0 })
  const outages = new Outages(log, outagesMax === undefined ? {} : { outagesMax })
  const tell = (type: string, id: string, atMs: number, data = {}): void =>
    void log.append({ type, atMs, text: '', peer: { id, name: id }, data })
  return {
    outages,
    lost: (id: string, atMs: number, reason = 'no-answer') => tell('peer:disconnected', id, atMs, { reason }),
    back: (id: string, atMs: number) => tell('peer:connected', id, atMs),
    unpaired: (id: string) => tell('peer:unpaired', id, 0),
  }
}

describe('outages', () => {
  it('have a beginning, a reason in words, and an end', () => {
    const { outages, lost, back } = stage()
    back('bob', 1_000)
    lost('bob', 5_000)
    expect(outages.of('bob')).toEqual([
      {
        lostAtMs: 5_000,
        reason: 'no-answer',
        text: expect.stringContaining('no answer to probes'),
        recoveredAtMs: null,
        awayMs: null,
      },
    ])
    back('bob', 7_500)
    lost('bob', 9_000, 'paused')
    expect(outages.of('bob')).toMatchObject([
      { recoveredAtMs: 7_500, awayMs: 2_500 },
      { reason: 'paused', recoveredAtMs: null },
    ])
    expect(outages.of('carol')).toEqual([])
  })

  it('are forgotten with the peer', () => {
    const { outages, lost, unpaired } = stage()
    lost('bob', 1)
    unpaired('bob')
    expect(outages.of('bob')).toEqual([])
  })

  it('are bounded for a peer, and for all', () => {
    const { outages, lost } = stage()
    for (let n = 0; n < 300; n++) lost('bob', n)
    expect(outages.of('bob').map(({ lostAtMs }) => lostAtMs)).toEqual(Array.from({ length: 100 }, (_, n) => 200 + n))

    const few = stage(10)
    for (let n = 0; n < 8; n++) few.lost('bob', n)
    for (let n = 0; n < 8; n++) few.lost('carol', 100 + n)
    expect(few.outages.of('bob').map(({ lostAtMs }) => lostAtMs)).toEqual([6, 7])
    expect(few.outages.of('carol')).toHaveLength(8)
  })
})
