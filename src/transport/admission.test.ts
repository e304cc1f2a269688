import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Admission, type AdmissionLimits, admissionAddress } from './admission.ts'

/** Somebody at the door. */
interface Caller {
  readonly name: string
  readonly address: string
}

const limits: AdmissionLimits = { handshakesMax: 4, handshakesPerAddressMax: 2, waitingMax: 6, waitingPerAddressMax: 5 }

/** An admission, with what it decided. */
function door(of: AdmissionLimits = limits): {
  admission: Admission<Caller>
  admitted: Caller[]
  dropped: Caller[]
  names: () => [string, string]
  arrive: (...names: string[]) => Caller[]
} {
  const admitted: Caller[] = []
  const dropped: Caller[] = []
  const admission = new Admission<Caller>(of, {
    admit: (caller) => void admitted.push(caller),
    drop: (caller) => void dropped.push(caller),
  })
  const join = (callers: Caller[]): string => callers.map(({ name }) => name).join(' ')
  return {
    admission,
    admitted,
    dropped,
    names: () => [join(admitted), join(dropped)],
    // The letter of a name is its address.
    arrive: (...names) =>
      names.map((name) => {
        const caller = { name, address: name.charAt(0) }
        admission.arrive(caller, caller.address)
        return caller
      }),
  }
}

describe('admission', () => {
  it('admits at once while there are places, to each address its share', () => {
    const { arrive, names, admission } = door()
    arrive('a1', 'a2', 'a3', 'b1', 'b2', 'c1')
    expect(names()).toEqual(['a1 a2 b1 b2', ''])
    expect([admission.handshakes, admission.waiting]).toEqual([4, 2])
  })

  it('takes turns among the addresses that wait, and serves each in order', () => {
    const { arrive, admission, admitted, names } = door({ ...limits, handshakesPerAddressMax: 4, waitingMax: 20 })
    arrive('x1', 'x2', 'x3', 'x4', 'a1', 'a2', 'a3', 'b1', 'b2', 'c1')
    for (let index = 0; index < 10; index++) admission.leave(admitted[index]!)
    expect(names()[0]).toBe('x1 x2 x3 x4 a1 b1 c1 a2 b2 a3')
    expect([admission.handshakes, admission.waiting]).toEqual([0, 0])
  })

  it('lets a newcomer pass those of an address that has its share', () => {
    const { arrive, names, admission } = door()
    const [first] = arrive('a1', 'a2', 'a3', 'a4')
    arrive('b1')
    expect(names()).toEqual(['a1 a2 b1', ''])
    admission.leave(first!)
    expect(names()).toEqual(['a1 a2 b1 a3', ''])
  })

  it('drops what exceeds an address’s share of the queue', () => {
    const { arrive, names } = door()
    arrive('a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8', 'a9')
    expect(names()).toEqual(['a1 a2', 'a8 a9'])
  })

  it('drops the newest of the address with the most when the queue is full', () => {
    const { arrive, names } = door({ ...limits, waitingPerAddressMax: 10 })
    arrive('a1', 'a2', 'x1', 'x2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8')
    expect(names()).toEqual(['a1 a2 x1 x2', ''])
    arrive('b1', 'c1', 'b2')
    expect(names()).toEqual(['a1 a2 x1 x2', 'a8 a7 a6'])
    arrive('b3', 'd1')
    // b and a have three each; the newest of those that came last goes.
    expect(names()[1]).toBe('a8 a7 a6 b3 a5')
  })

  it('forgets who leaves while waiting, and ignores who is unknown or leaves twice', () => {
    const { arrive, names, admission } = door()
    const [a1, , a3] = arrive('a1', 'a2', 'a3', 'a4')
    admission.leave(a3!)
    admission.leave(a3!)
    admission.leave({ name: 'z', address: 'z' })
    admission.leave(a1!)
    admission.leave(a1!)
    expect(names()).toEqual(['a1 a2 a4', ''])
    expect([admission.handshakes, admission.waiting]).toEqual([2, 0])
  })

  it('can be cleared, and then admits nobody in place of those', () => {
    const { arrive, names, admission } = door()
    const all = arrive('a1', 'a2', 'a3', 'b1')
    expect(new Set(admission.clear())).toEqual(new Set(all))
    for (const caller of all) admission.leave(caller)
    expect([names()[0], admission.handshakes, admission.waiting]).toEqual(['a1 a2 b1', 0, 0])
  })

  it('admits again from within an admission', () => {
    const admitted: number[] = []
    const admission = new Admission<{ id: number }>(limits, {
      admit: (caller) => {
        admitted.push(caller.id)
        // Every second one fails at once.
        if (caller.id % 2 === 0) admission.leave(caller)
      },
      drop: () => expect.unreachable(),
    })
    const callers = Array.from({ length: 6 }, (_, id) => ({ id }))
    for (const caller of callers) admission.arrive(caller, 'a')
    expect(admitted).toEqual([0, 1, 2, 3])
    admission.leave(callers[1]!)
    expect(admitted).toEqual([0, 1, 2, 3, 4, 5])
    expect([admission.handshakes, admission.waiting]).toEqual([2, 0])
  })

  it('keeps its bounds, loses nobody and leaves no place empty, whatever happens', () => {
    const moves = fc.array(fc.oneof(fc.integer({ min: 0, max: 7 }), fc.constant('leave' as const)), { maxLength: 200 })
    fc.assert(
      fc.property(moves, fc.infiniteStream(fc.nat()), (steps, random) => {
        const { admission, admitted, dropped } = door()
        const here = new Set<Caller>()
        for (const [index, step] of steps.entries()) {
          if (step === 'leave') {
            const leaving = [...here][(random.next().value as number) % Math.max(1, here.size)]
            if (leaving !== undefined) {
              here.delete(leaving)
              admission.leave(leaving)
            }
          } else {
            const caller = { name: `${step}-${index}`, address: String(step) }
            here.add(caller)
            admission.arrive(caller, caller.address)
          }
          for (const caller of dropped) here.delete(caller)
          const inHandshake = [...here].filter((caller) => admitted.includes(caller))
          const waiting = [...here].filter((caller) => !admitted.includes(caller))
          const shareOf = (address: string): number => inHandshake.filter((caller) => caller.address === address).length
          expect([admission.handshakes, admission.waiting]).toEqual([inHandshake.length, waiting.length])
          expect(inHandshake.length).toBeLessThanOrEqual(limits.handshakesMax)
          expect(waiting.length).toBeLessThanOrEqual(limits.waitingMax)
          for (const { address } of inHandshake)
            expect(shareOf(address)).toBeLessThanOrEqual(limits.handshakesPerAddressMax)
          if (inHandshake.length < limits.handshakesMax) {
            for (const { address } of waiting) expect(shareOf(address)).toBe(limits.handshakesPerAddressMax)
          }
        }
      }),
      { numRuns: 50 },
    )
  })
})

describe('what counts as one address', () => {
  it('is an IPv4 address, or the /64 network of an IPv6 address', () => {
    const cases = [
      ['192.0.2.7', '192.0.2.7'],
      ['::ffff:192.0.2.7', '192.0.2.7'],
      ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
      ['2001:0db8:0001:0002::1', '2001:db8:1:2'],
      ['2001:db8::1', '2001:db8:0:0'],
      ['::1', '0:0:0:0'],
      ['::', '0:0:0:0'],
      ['fe80::1%eth0', 'fe80:0:0:0'],
      ['1::', '1:0:0:0'],
      ['64:ff9b::192.0.2.33', '64:ff9b:0:0'],
    ] as const
    for (const [ip, expected] of cases) expect(admissionAddress(ip)).toBe(expected)
  })
})
