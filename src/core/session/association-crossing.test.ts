import { array, assert, constantFrom, integer, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Choice, Duo } from '../../../test/hostile/duo.ts'
import type { Party } from '../../../test/hostile/party.ts'

/**
 * Runs `world` with every order of what may happen next, as far as the first `depth` choices go; behind them messages come in turn. Answers how many
 * orders there were.
 */
function everyOrder(depth: number, world: (choose: Choice) => void): number {
  const path: { at: number; of: number }[] = []
  for (let runs = 1; ; runs++) {
    let place = 0
    world((count) => {
      const here = place++
      if (here >= depth) return here % count
      path[here] ??= { at: 0, of: count }
      return path[here].at
    })
    path.length = Math.min(path.length, place)
    while (path.length > 0 && path.at(-1)!.at + 1 >= path.at(-1)!.of) path.pop()
    if (path.length === 0) return runs
    path.at(-1)!.at++
  }
}

function expectOneMind(duo: Duo): void {
  expect(duo.a.linkIds).toEqual(duo.b.linkIds)
  expect(duo.a.linkIds.length).toBeGreaterThan(0)
  const [a, b] = duo.parties.map((party) => party.association.reply(0).epoch)
  expect(a).toBe(b)
}

function expectStreamsToWork(duo: Duo): void {
  for (const [writer, other] of [
    [duo.a, duo.b],
    [duo.b, duo.a],
  ] as [Party, Party][]) {
    const here = writer.open('proof')
    here.stream.write(Buffer.from('it works'), duo.nowMs)
    duo.run(1_000)
    expect(other.opened.at(-1)!.text).toBe('it works')
  }
}

describe('dials that cross', () => {
  it('end with one link, the one that the lower side dialed, in every order of their messages', () => {
    const orders = everyOrder(8, (choose) => {
      const duo = new Duo()
      duo.choose = choose
      duo.dial(duo.a, { latencyMs: 0 })
      duo.dial(duo.b, { latencyMs: 0 })
      duo.run(3_000)
      expectOneMind(duo)
      expect(duo.a.linkIds).toEqual([3])
      expect([...duo.a.endings, ...duo.b.endings, ...duo.a.refusals, ...duo.b.refusals]).toEqual([])
    })
    expect(orders).toBeGreaterThan(200)
  })

  it('never leave both sides without a link while messages are under way', () => {
    everyOrder(7, (choose) => {
      const duo = new Duo()
      duo.choose = choose
      duo.dial(duo.a, { latencyMs: 0 })
      duo.dial(duo.b, { latencyMs: 0 })
      let attached = false
      duo.checked = () => {
        const common = duo.a.linkIds.filter((id) => duo.b.linkIds.includes(id))
        if (common.length > 0) attached = true
        else expect(attached).toBe(false)
      }
      duo.run(3_000)
    })
  })

  it('end with one link and one mind when each side has ended another epoch before', () => {
    const orders = everyOrder(8, (choose) => {
      const duo = new Duo()
      duo.connect(duo.a)
      duo.wires[0]!.blackHole = true
      for (const party of [duo.a, duo.b, duo.b]) {
        party.association.session?.end('closed-locally', new Error('ended') as never, duo.nowMs)
        if (party === duo.b) party.association.sessionEnded()
      }
      duo.wires.length = 0
      duo.choose = choose
      duo.dial(duo.a, { latencyMs: 0 })
      duo.dial(duo.b, { latencyMs: 0 })
      duo.run(3_000)
      // A dial that met the higher epoch may have ended as stale; its dialer would come again.
      if (duo.a.linkIds.length === 0 || duo.b.linkIds.length === 0) {
        duo.dial(duo.a, { latencyMs: 0 })
        duo.run(3_000)
      }
      expectOneMind(duo)
    })
    expect(orders).toBeGreaterThan(50)
  })

  it('end with one link when each side dials twice at the same time', () => {
    assert(
      property(array(integer({ min: 0, max: 7 }), { minLength: 60, maxLength: 60 }), (choices) => {
        const duo = new Duo()
        let at = 0
        duo.choose = (count) => (choices[at++ % choices.length] ?? 0) % count
        for (const party of [duo.a, duo.b, duo.a, duo.b]) duo.dial(party, { latencyMs: 0 })
        duo.run(200_000)
        expectOneMind(duo)
        expect(duo.a.linkIds).toHaveLength(1)
        expect(duo.a.linkIds[0]! & 1).toBe(1)
      }),
      { numRuns: 150 },
    )
  })
})

describe('any history of dials, cuts, black holes and ended sessions', () => {
  const action = tuple(
    constantFrom('dial', 'dial', 'dial', 'cut', 'hole', 'end', 'write', 'close'),
    integer({ min: 0, max: 1 }),
    integer({ min: 0, max: 40 }),
  )

  it('ends with one mind once the network works again', () => {
    assert(
      property(array(action, { minLength: 1, maxLength: 25 }), (actions) => {
        const duo = new Duo()
        for (const [kind, side, waitMs] of actions) {
          act(duo, kind, duo.parties[side]!)
          duo.run(waitMs)
        }
        // The network works again, and dead wires are noticed.
        for (const wire of duo.wires) if (wire.there.blackHole) wire.cut()
        for (const wire of duo.wires) wire.blackHole = false
        duo.run(1_000)
        for (let tries = 0; tries < 3; tries++) {
          for (const party of duo.parties) if (party.linkIds.length === 0) duo.dial(party)
          duo.run(1_000)
        }
        duo.run(130_000)
        expectOneMind(duo)
        expect(duo.a.linkIds).toHaveLength(1)
        expectStreamsToWork(duo)
      }),
      { numRuns: 500 },
    )
  })
})

function act(duo: Duo, kind: string, party: Party): void {
  const wire = duo.wires.at(-1)
  const session = party.association.session
  if (kind === 'dial') duo.dial(party)
  else if (kind === 'cut') wire?.cut()
  else if (kind === 'hole' && wire !== undefined) wire.blackHole = true
  else if (kind === 'end') session?.end('closed-locally', new Error('ended') as never, duo.nowMs)
  else if (kind === 'close') session?.close('session-lost', '', 'session-lost', new Error('closed') as never, duo.nowMs)
  else if (kind === 'write') session?.openStream('noise', 4, duo.nowMs)?.write(new Uint8Array(1_000), duo.nowMs)
}
