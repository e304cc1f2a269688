import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Admission, type AdmissionLimits } from './admission.ts'

interface Caller {
  readonly name: string
  readonly ip: string
}

const plenty = { atOnce: 1_000, perSecond: 1_000 }
const limits: AdmissionLimits = {
  handshakesMax: 4,
  handshakesPerPrefixMax: [2, 3, 3],
  knownHandshakesMax: 1,
  handshakeRate: plenty,
  handshakeRatePerPrefix: [plenty, plenty, plenty],
  waitingMax: 6,
}

/** An admission, with what it decided. The letter of a caller's name is its network: a /16 of IPv4. */
class Gate {
  readonly admitted: Caller[] = []
  readonly dropped: Caller[] = []
  readonly admission: Admission<Caller>
  readonly #callers = new Map<string, Caller>()
  nowMs = 0

  constructor(changed: Partial<AdmissionLimits> = {}) {
    this.admission = new Admission<Caller>(
      { ...limits, ...changed },
      {
        admit: (caller) => void this.admitted.push(caller),
        drop: (caller) => void this.dropped.push(caller),
      },
    )
  }

  caller(name: string, ip = `10.${name.charCodeAt(0)}.0.1`): Caller {
    const caller = this.#callers.get(name) ?? { name, ip }
    this.#callers.set(name, caller)
    return caller
  }

  /** They connect and say nothing. */
  connect(...names: string[]): void {
    for (const name of names) this.admission.arrive(this.caller(name), this.caller(name).ip, this.nowMs)
  }

  /** They say what begins a handshake. */
  greet(...names: string[]): void {
    for (const name of names) {
      this.admission.ready(this.caller(name))
      this.turn()
    }
  }

  arrive(...names: string[]): void {
    for (const name of names) {
      this.connect(name)
      this.greet(name)
    }
  }

  leave(...names: string[]): void {
    for (const name of names) {
      this.admission.leave(this.caller(name))
      this.turn()
    }
  }

  accept(name: string, known = true): void {
    this.admission.accept(this.caller(name), known)
    this.turn()
  }

  /** The next turns of the event loop. */
  turn(): void {
    while ((this.admission.nextMs ?? Infinity) <= this.nowMs) this.admission.advance(this.nowMs)
  }

  get names(): [string, string] {
    const join = (callers: Caller[]): string => callers.map(({ name }) => name).join(' ')
    return [join(this.admitted), join(this.dropped)]
  }
}

describe('places for handshakes', () => {
  it('lets the networks of one that was charged wait, and nobody else', () => {
    const gate = new Gate({ handshakeRatePerPrefix: [{ atOnce: 10, perSecond: 1 }, plenty, plenty] })
    gate.arrive('a')
    gate.admission.charge(gate.caller('a'), gate.nowMs)
    gate.admission.leave(gate.caller('a'))
    const again = { name: 'again', ip: gate.caller('a').ip }
    gate.admission.arrive(again, again.ip, gate.nowMs)
    gate.admission.ready(again)
    gate.turn()
    gate.arrive('b')
    expect(gate.admitted.map(({ name }) => name)).toEqual(['a', 'b'])
    gate.nowMs += 43_000
    gate.turn()
    expect(gate.admitted.map(({ name }) => name)).toEqual(['a', 'b', 'again'])
  })

  it('go to nobody who has said nothing', () => {
    const gate = new Gate()
    gate.connect('a1', 'b1', 'c1')
    expect([gate.admission.handshakes, gate.admission.waiting]).toEqual([0, 3])
    gate.greet('c1')
    expect(gate.names).toEqual(['c1', ''])
  })

  it('go at once while there are some, to each address its share', () => {
    const gate = new Gate()
    gate.arrive('a1', 'a2', 'a3', 'b1', 'b2', 'c1')
    expect(gate.names).toEqual(['a1 a2 b1 b2', ''])
    expect([gate.admission.handshakes, gate.admission.waiting]).toEqual([4, 2])
  })

  it('are shared by whole networks too, however many addresses they have', () => {
    const gate = new Gate()
    for (let host = 1; host <= 4; host++) gate.caller(`a${host}`, `10.1.${host}.1`)
    for (let subnet = 1; subnet <= 5; subnet++) gate.caller(`b${subnet}`, `2001:db8:7:${subnet}00::1`)
    gate.arrive('a1', 'a2', 'a3', 'a4')
    expect(gate.names[0]).toBe('a1 a2 a3')
    gate.leave('a1', 'a2', 'a3')
    gate.arrive('b1', 'b2', 'b3', 'b4', 'b5')
    expect(gate.names[0]).toBe('a1 a2 a3 a4 b1 b2 b3')
  })

  it('go to the networks that wait in turn, and to those of one in order', () => {
    const gate = new Gate({ handshakesPerPrefixMax: [4, 4, 4], waitingMax: 20 })
    gate.arrive('x1', 'x2', 'x3', 'x4', 'a1', 'a2', 'a3', 'b1', 'b2', 'c1')
    for (let index = 0; index < 10; index++) gate.leave(gate.admitted[index]!.name)
    expect(gate.names[0]).toBe('x1 x2 x3 x4 a1 b1 c1 a2 b2 a3')
    expect([gate.admission.handshakes, gate.admission.waiting]).toEqual([0, 0])
  })

  it('are kept until the connection has closed, also by those who were refused', () => {
    const gate = new Gate({ handshakesMax: 1 })
    gate.arrive('a1', 'b1')
    expect(gate.names[0]).toBe('a1')
    gate.leave('a1')
    expect(gate.names[0]).toBe('a1 b1')
  })

  it('are there for a source that a peer came from, when strangers have all others', () => {
    const gate = new Gate()
    gate.arrive('p1')
    gate.accept('p1')
    gate.arrive('a1', 'a2', 'b1', 'b2', 'c1')
    gate.arrive('p2')
    expect(gate.names[0]).toBe('p1 a1 a2 b1 b2 p2')
  })

  it('are kept for no stranger who was let in without being a peer', () => {
    const gate = new Gate()
    gate.arrive('g1')
    gate.accept('g1', false)
    gate.arrive('a1', 'a2', 'b1', 'b2', 'g2')
    expect(gate.names[0]).toBe('g1 a1 a2 b1 b2')
  })
})

it('starts no more than eight handshakes in a turn of the event loop', () => {
  const gate = new Gate({ handshakesMax: 20, waitingMax: 20 })
  const names = Array.from({ length: 20 }, (_, at) => `${String.fromCharCode(97 + at)}1`)
  gate.connect(...names)
  for (const name of names) gate.admission.ready(gate.caller(name))
  const counts: number[] = []
  while (gate.admission.nextMs !== undefined) {
    gate.admission.advance(0)
    counts.push(gate.admitted.length)
  }
  expect(counts).toEqual([8, 16, 20])
})

describe('the queue', () => {
  it('loses the oldest of the network with the most when it is full, never the newcomer from elsewhere', () => {
    const gate = new Gate()
    gate.connect('b1', 'a1', 'a2', 'a3', 'a4', 'a5')
    gate.connect('c1')
    expect(gate.names[1]).toBe('a1')
    gate.connect('c2')
    expect(gate.names[1]).toBe('a1 a2')
  })

  it('takes ten thousand connections of one /48, each from a /64 of its own, for one source', () => {
    const gate = new Gate({ waitingMax: 512 })
    gate.connect('p1')
    for (let index = 0; index < 10_000; index++) {
      gate.caller(`s${index}`, `2001:db8:5:${index.toString(16)}::1`)
      gate.connect(`s${index}`)
    }
    gate.greet('p1')
    expect(gate.names[0]).toBe('p1')
    expect([gate.admission.waiting, gate.dropped.length]).toEqual([511, 9_489])
  })

  it('keeps those from known sources among equals, but not a flood of them', () => {
    const gate = new Gate({ waitingMax: 20 })
    gate.arrive('p0')
    gate.accept('p0')
    gate.connect(...Array.from({ length: 10 }, (_, at) => `p${at + 1}`))
    gate.connect(...Array.from({ length: 11 }, (_, at) => `${String.fromCharCode(97 + at)}1`))
    expect(gate.names[1]).toBe('a1')
    gate.connect(...Array.from({ length: 7 }, (_, at) => `p${at + 11}`))
    expect(gate.names[1]).toBe('a1 b1 c1 d1 e1 f1 g1 p1')
  })

  it('keeps those from where a peer was in an earlier run', () => {
    const gate = new Gate({ waitingMax: 2 })
    gate.admission.expect('10.112.0.1')
    gate.connect('p1', 'a1', 'b1', 'c1')
    expect(gate.names[1]).toBe('a1 b1')
  })

  it('forgets who leaves while waiting, and ignores who is unknown or leaves twice', () => {
    const gate = new Gate()
    gate.arrive('a1', 'a2', 'a3', 'a4')
    gate.leave('a3', 'a3', 'z1', 'a1', 'a1')
    expect(gate.names).toEqual(['a1 a2 a4', ''])
    expect([gate.admission.handshakes, gate.admission.waiting]).toEqual([2, 0])
  })

  it('can be cleared, and then admits nobody in place of those', () => {
    const gate = new Gate()
    gate.arrive('a1', 'a2', 'a3', 'b1')
    expect(gate.admission.clear()).toHaveLength(4)
    gate.leave('a1', 'a2', 'a3', 'b1')
    expect([gate.names[0], gate.admission.handshakes, gate.admission.waiting]).toEqual(['a1 a2 b1', 0, 0])
  })
})

describe('the rate of handshakes', () => {
  const slow = { atOnce: 2, perSecond: 10 }

  it('is limited for a source, and says when the next one may start', () => {
    const gate = new Gate({ handshakeRatePerPrefix: [slow, plenty, plenty] })
    for (const name of ['a1', 'a2', 'a3']) {
      gate.arrive(name)
      gate.leave(gate.admitted.at(-1)!.name)
    }
    gate.arrive('a3', 'b1')
    expect([gate.names[0], gate.admission.nextMs]).toEqual(['a1 a2 b1', 100])
    gate.nowMs = 100
    gate.admission.advance(100)
    expect([gate.names[0], gate.admission.nextMs]).toEqual(['a1 a2 b1 a3', undefined])
  })

  it('is limited for a whole network', () => {
    const gate = new Gate({ handshakeRatePerPrefix: [plenty, plenty, slow] })
    for (let host = 1; host <= 3; host++) gate.caller(`a${host}`, `10.1.${host}.1`)
    gate.arrive('a1')
    gate.leave('a1')
    gate.arrive('a2')
    gate.leave('a2')
    gate.arrive('a3')
    expect(gate.names[0]).toBe('a1 a2')
  })

  it('is limited in all, but not for sources that a peer came from', () => {
    const gate = new Gate({ handshakeRate: slow })
    gate.arrive('p1')
    gate.accept('p1')
    gate.arrive('a1', 'b1', 'c1', 'p2')
    expect(gate.names[0]).toBe('p1 a1 b1 p2')
  })

  it('does not count handshakes that let somebody in', () => {
    const gate = new Gate({ handshakeRate: slow, handshakeRatePerPrefix: [slow, slow, slow] })
    for (let index = 0; index < 50; index++) {
      gate.arrive(`a${index}`)
      gate.accept(`a${index}`, false)
    }
    expect(gate.admitted).toHaveLength(50)
  })
})

it('keeps its bounds whatever comes, and leaves no place free that somebody could have', () => {
  const input = fc.record({
    ip: fc.constantFrom('10.1.0.1', '10.1.0.2', '10.1.7.1', '10.2.0.1', '2001:db8:1:1::1', '2001:db8:1:100::1'),
    what: fc.constantFrom('arrive', 'arrive', 'arrive', 'leave', 'accept', 'greet'),
    which: fc.nat(),
  })
  fc.assert(
    fc.property(fc.array(input, { maxLength: 80 }), (inputs) => {
      const gate = new Gate()
      const here = new Set<Caller>()
      const silent = new Set<Caller>()
      for (const [index, { ip, what, which }] of inputs.entries()) {
        const some = [...here][which % Math.max(1, here.size)]
        if (what === 'arrive') {
          const caller = gate.caller(`n${index}`, ip)
          here.add(caller)
          silent.add(caller)
          gate.connect(caller.name)
        } else if (some !== undefined && what === 'greet') {
          gate.greet(some.name)
          silent.delete(some)
        } else if (some !== undefined) {
          const isShaking = gate.admitted.includes(some)
          if (what === 'leave' || isShaking) here.delete(some)
          if (what === 'leave') gate.leave(some.name)
          else gate.accept(some.name, false)
        }
        for (const caller of gate.dropped) here.delete(caller)
        const shaking = [...here].filter((caller) => gate.admitted.includes(caller))
        const waiting = [...here].filter((caller) => !gate.admitted.includes(caller))
        expect([gate.admission.handshakes, gate.admission.waiting]).toEqual([shaking.length, waiting.length])
        expect(shaking.length).toBeLessThanOrEqual(limits.handshakesMax)
        expect(waiting.length).toBeLessThanOrEqual(limits.waitingMax)
        const ofAddress = (address: string): number => shaking.filter((caller) => caller.ip === address).length
        for (const caller of shaking) expect(ofAddress(caller.ip)).toBeLessThanOrEqual(2)
        const wide = (address: string): string => address.slice(0, 4)
        const ofNetwork = (address: string): number => shaking.filter((one) => wide(one.ip) === wide(address)).length
        for (const caller of shaking) expect(ofNetwork(caller.ip)).toBeLessThanOrEqual(3)
        if (shaking.length === limits.handshakesMax) continue
        for (const caller of waiting)
          if (!silent.has(caller)) expect(ofAddress(caller.ip) === 2 || ofNetwork(caller.ip) === 3).toBe(true)
      }
    }),
    { numRuns: 100 },
  )
})
