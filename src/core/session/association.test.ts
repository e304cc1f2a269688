import { describe, expect, it } from 'vitest'
import { Duo } from '../../../test/hostile/duo.ts'
import { instanceOf, Party } from '../../../test/hostile/party.ts'
import { ProtocolError, SessionLostError } from '../errors.ts'
import type { Attach } from '../frame/frames.ts'
import { Association, type AttachOutcome } from './association.ts'
import { defaultSessionLimits, MemoryBudget } from './limits.ts'
import { Session } from './session.ts'

/** A party with nobody at the other end: statements are made by hand. */
function lower(): Party {
  return new Party({ isLower: true })
}

const peer = instanceOf(10, 9)

function statement(to: Party, change: Partial<Attach>): Attach {
  return { peerInstance: to.instance, epoch: 1, link: 2, generation: 1, received: 0, held: [2], ...change }
}

function arrive(party: Party, change: Partial<Attach>, instance = peer): AttachOutcome {
  const outcome = party.association.arrived(instance, statement(party, change), 0, party.nowMs)
  if ('link' in outcome) party.association.reply(outcome.link.id)
  return outcome
}

const rule = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof ProtocolError) return error.rule
    throw error
  }
  return 'none'
}

describe('a link that arrives', () => {
  it('begins the session; a second one joins it', () => {
    const party = lower()
    arrive(party, {})
    const { session } = party
    arrive(party, { link: 4, generation: 2, held: [2, 4] })
    expect(party.session).toBe(session)
    expect(party.linkIds).toEqual([2, 4])
  })

  it('fences every link that the newest statement does not hold', () => {
    const party = lower()
    arrive(party, {})
    arrive(party, { link: 4, generation: 2, held: [4] })
    expect(party.linkIds).toEqual([4])
    expect(party.losses).toEqual(['superseded'])
  })

  it('is attached before those are let go of, so that there is always one', () => {
    const party = lower()
    const remaining: number[][] = []
    const lost = party.linkLost.bind(party)
    party.linkLost = (...loss) => {
      remaining.push(party.linkIds)
      lost(...loss)
    }
    arrive(party, {})
    arrive(party, { link: 4, generation: 2, held: [4] })
    expect(remaining).toEqual([[4]])
  })

  it('with an older generation changes nothing and is refused, unless the newest statement holds it', () => {
    const party = lower()
    arrive(party, { link: 6, generation: 3, held: [6, 4] })
    expect(arrive(party, { link: 2, generation: 1, held: [2] })).toEqual({ refused: 'stale-attach' })
    expect(party.linkIds).toEqual([6])
    expect(arrive(party, { link: 4, generation: 2, held: [2, 4] })).toHaveProperty('link')
    expect(party.linkIds).toEqual([4, 6])
  })

  it('ends the session when the peer has restarted, and begins another one', () => {
    const party = lower()
    arrive(party, { generation: 9 })
    const reader = party.open()
    arrive(party, { peerInstance: undefined, generation: 1, link: 2 }, instanceOf(11, 3))
    expect(reader.failures.map(({ code }) => code)).toEqual(['peer-restarted'])
    expect(party.linkIds).toEqual([2])
    expect(party.session.endedWith).toBeUndefined()
  })

  it('begins at the epoch after the last one with a peer that was forgotten, as long as that is in the same run', () => {
    const party = lower()
    arrive(party, {})
    expect(party.association.ending).toEqual({ peerInstance: peer, epoch: 1 })
    party.session.close('unpaired', '', 'unpaired', new SessionLostError('forgotten'), 0)
    const earlier = party.association.ending
    expect(earlier).toEqual({ peerInstance: peer, epoch: 2 })
    const again = new Party({ isLower: true, earlier })
    arrive(again, { received: 0 })
    expect(again.association.reply(2).epoch).toBe(2)
    const restarted = new Party({ isLower: true, earlier })
    arrive(restarted, {}, instanceOf(11))
    expect(restarted.association.reply(2).epoch).toBe(1)
  })

  it('is refused when two machines run one identity', () => {
    const party = lower()
    arrive(party, {})
    expect(arrive(party, { generation: 2 }, instanceOf(9, 9))).toEqual({ refused: 'identity-in-use' })
    expect(arrive(party, { generation: 2 }, instanceOf(10, 8))).toEqual({ refused: 'identity-in-use' })
    expect(party.linkIds).toEqual([2])
  })

  it('is refused when its instance is older than the one known from before this start', () => {
    const party = new Party({ isLower: true, knownStart: 11 })
    expect(arrive(party, {})).toEqual({ refused: 'identity-in-use' })
    expect(arrive(party, {}, instanceOf(11))).toHaveProperty('link')
  })

  it('is not acknowledged for when it names another instance of this side', () => {
    const party = lower()
    arrive(party, {})
    arrive(party, { peerInstance: instanceOf(99), epoch: 7, received: 1_000, link: 4, generation: 2, held: [4] })
    expect(party.endings).toEqual([])
    expect(party.linkIds).toEqual([4])
  })

  it('of a higher epoch ends the session and begins one of that epoch', () => {
    const party = lower()
    arrive(party, {})
    arrive(party, { epoch: 5, link: 4, generation: 2, held: [4] })
    expect(party.endings.map(({ code }) => code)).toEqual(['session-lost'])
    expect(party.association.reply(4).epoch).toBe(5)
  })

  it('of a lower epoch is attached to the session that is', () => {
    const party = lower()
    arrive(party, { epoch: 5 })
    arrive(party, { epoch: 3, received: 44, link: 4, generation: 2, held: [2, 4] })
    expect(party.linkIds).toEqual([2, 4])
    expect(party.association.reply(4).epoch).toBe(5)
  })

  it('must be named as one that the dialer may name', () => {
    expect(rule(() => arrive(lower(), { link: 3, held: [3] }))).toBe('attach-epoch')
  })

  it('begins a new epoch if it acknowledges what was never sent: the two sides remember different sessions', () => {
    const party = lower()
    expect(arrive(party, { received: 5 })).toHaveProperty('link')
    expect(party.association.reply(2).epoch).toBe(2)
    const before = party.association.session
    expect(arrive(party, { epoch: 2, link: 4, generation: 3, held: [2, 4], received: 5 })).toHaveProperty('link')
    expect(before?.endedWith).toMatchObject({ rule: 'acknowledgement-unsent' })
    expect(party.association.reply(4).epoch).toBe(3)
  })

  it('is refused as busy beyond eight', () => {
    const party = lower()
    const held: number[] = []
    for (let count = 1; count <= 8; count++) {
      held.push(2 * count)
      expect(arrive(party, { link: 2 * count, generation: count, held })).toHaveProperty('link')
    }
    expect(arrive(party, { link: 18, generation: 9, held: [...held, 18] })).toEqual({ refused: 'busy' })
  })

  it('is not refused as busy for the sake of links that the peer has let go of', () => {
    const party = lower()
    const held: number[] = []
    for (let count = 1; count <= 8; count++) {
      held.push(2 * count)
      arrive(party, { link: 2 * count, generation: count, held })
    }
    expect(arrive(party, { link: 18, generation: 9, held: [18] })).toHaveProperty('link')
    expect(party.linkIds).toEqual([18])
  })
})

describe('a statement on a link that is attached', () => {
  it('fences links, and acknowledges', () => {
    const party = lower()
    arrive(party, {})
    arrive(party, { link: 4, generation: 2, held: [2, 4] })
    party.association.restated(4, statement(party, { link: 4, generation: 3, held: [4] }), 0)
    expect(party.linkIds).toEqual([4])
  })

  it('of an older generation has no effect', () => {
    const party = lower()
    arrive(party, {})
    arrive(party, { link: 4, generation: 5, held: [2, 4] })
    party.association.restated(4, statement(party, { link: 4, generation: 4, held: [4] }), 0)
    expect(party.linkIds).toEqual([2, 4])
  })

  it('must name the epoch of the session', () => {
    const party = lower()
    arrive(party, {})
    expect(rule(() => party.association.restated(2, statement(party, { epoch: 2, generation: 3 }), 0))).toBe(
      'attach-epoch',
    )
  })

  it('must name the link that carries it', () => {
    const party = lower()
    arrive(party, {})
    arrive(party, { link: 4, generation: 2, held: [2, 4] })
    expect(rule(() => party.association.restated(4, statement(party, { generation: 3, held: [2, 4] }), 0))).toBe(
      'attach-held',
    )
    expect(party.linkIds).toEqual([2, 4])
  })

  it('must not acknowledge what was never sent', () => {
    const party = lower()
    arrive(party, {})
    const restate = (): void => party.association.restated(2, statement(party, { received: 1, generation: 3 }), 0)
    expect(rule(restate)).toBe('acknowledgement-unsent')
  })
})

describe('own statements', () => {
  it('hold the links being dialed, and number links by side', () => {
    const [low, high] = [lower(), new Party({ isLower: false })]
    expect(low.association.dialing()).toMatchObject({ link: 3, generation: 1, held: [3], epoch: 1 })
    expect(low.association.dialing()).toMatchObject({ link: 5, generation: 2, held: [3, 5] })
    low.association.dialEnded(3)
    expect(low.association.dialing()).toMatchObject({ link: 7, generation: 3, held: [5, 7] })
    expect(high.association.dialing()).toMatchObject({ link: 2, held: [2] })
  })

  it('never hold more links than an ATTACH can name, whoever dials', () => {
    const party = lower()
    const dials: number[] = []
    const held: number[] = []
    for (let turn = 1; turn <= 40; turn++) {
      const dialed = party.association.dialing()
      if (dialed !== undefined) dials.push(dialed.link)
    }
    for (let count = 1; count <= 20; count++) {
      held.push(2 * count)
      const outcome = arrive(party, { link: 2 * count, generation: count, held: held.slice(-16) })
      if ('link' in outcome) expect(party.association.reply(2 * count).held.length).toBeLessThanOrEqual(16)
    }
    expect(dials.length).toBeGreaterThanOrEqual(8)
    expect(party.linkIds.length).toBe(8)
  })

  it('name no session that has not begun, and the next epoch after one that ended', () => {
    const party = lower()
    arrive(party, {})
    party.session.end('protocol-error', new ProtocolError('test', 'test'), 0)
    expect(party.association.dialing()).toMatchObject({ epoch: 2, received: 0, held: [3] })
  })
})

describe('an answer', () => {
  const answer = (party: Party, dialed: Attach, change: Partial<Attach>): AttachOutcome =>
    party.association.answered(
      dialed.link,
      peer,
      statement(party, { link: dialed.link, held: [dialed.link], ...change }),
      0,
      0,
    )

  it('of a higher epoch is followed', () => {
    const party = lower()
    expect(answer(party, party.association.dialing()!, { epoch: 4 })).toHaveProperty('link')
    expect(party.association.dialing()).toMatchObject({ epoch: 4, held: [3, 5] })
  })

  it('of a lower epoch than the own one makes the dialer dial again', () => {
    const party = lower()
    answer(party, party.association.dialing()!, { epoch: 4 })
    expect(answer(party, party.association.dialing()!, { epoch: 3, generation: 2 })).toEqual({
      refused: 'stale-attach',
    })
    expect(party.linkIds).toEqual([3])
  })

  it('for another link than the one dialed breaks the protocol', () => {
    const party = lower()
    expect(rule(() => answer(party, party.association.dialing()!, { link: 99 }))).toBe('attach-epoch')
  })

  it('of a clone is refused, and what is attached stays', () => {
    const party = lower()
    answer(party, party.association.dialing()!, {})
    const dialed = party.association.dialing()!
    const clone = party.association.answered(
      dialed.link,
      instanceOf(10, 1),
      statement(party, { link: dialed.link }),
      0,
      0,
    )
    expect(clone).toEqual({ refused: 'identity-in-use' })
    expect(party.linkIds).toEqual([3])
  })
})

describe('two nodes', () => {
  it('go on with the same session after a link was cut, and send again what was lost', () => {
    const duo = new Duo()
    duo.connect(duo.a)
    const { session } = duo.a
    const here = duo.a.open()
    here.stream.write(Buffer.from('one '), duo.nowMs)
    duo.run(100)
    duo.wires[0]!.blackHole = true
    here.stream.write(Buffer.from('two '), duo.nowMs)
    duo.run(100)
    duo.wires[0]!.cut()
    here.stream.write(Buffer.from('three'), duo.nowMs)
    duo.connect(duo.b)
    duo.run(100)
    expect(duo.a.session).toBe(session)
    expect(duo.b.opened.map(({ text }) => text)).toEqual(['one two three'])
  })

  it('agree on a new session after one side restarted', () => {
    const duo = new Duo()
    duo.connect(duo.a)
    const reader = duo.a.open()
    duo.run(50)
    const restarted = new Duo({}, { instance: instanceOf(2, 7) })
    const wire = restarted.wires
    expect(wire).toEqual([])
    // The new run meets the old association of a.
    Object.assign(restarted, { a: duo.a })
    restarted.connect(restarted.b)
    restarted.run(100)
    expect(reader.failures.map(({ code }) => code)).toEqual(['peer-restarted'])
    expect(duo.a.session.endedWith).toBeUndefined()
    expect(duo.a.linkIds).toEqual(restarted.b.linkIds)
  })

  it('meet in one session when a violation ended the last one on one side only', () => {
    const duo = new Duo()
    const wire = duo.connect(duo.a)
    wire.blackHole = true
    duo.a.session.end('protocol-error', new ProtocolError('test', 'test'), duo.nowMs)
    duo.connect(duo.b)
    duo.run(100)
    expect(duo.a.association.reply(0).epoch).toBe(duo.b.association.reply(0).epoch)
    expect(duo.a.linkIds).toEqual(duo.b.linkIds)
    const here = duo.b.open()
    here.stream.write(Buffer.from('new'), duo.nowMs)
    duo.run(100)
    expect(duo.a.opened.at(-1)!.text).toBe('new')
  })
})

describe('a session of its own making', () => {
  it('is asked for only once per epoch', () => {
    let made = 0
    const host = new Party({ isLower: true })
    const association: Association = new Association({
      ownInstance: host.instance,
      isLower: true,
      knownStart: 0,
      firstGeneration: 0,
      firstDial: 0,
      createSession(nowMs) {
        made++
        const budget = new MemoryBudget(0)
        return new Session(
          {
            isLower: true,
            limits: defaultSessionLimits,
            budget,
            host,
            random: () => 0.5,
            allocate: (n) => new Uint8Array(n),
          },
          nowMs,
        )
      },
    })
    association.arrived(peer, statement(host, {}), 0, 0)
    association.arrived(peer, statement(host, { link: 4, generation: 2, held: [2, 4] }), 0, 0)
    expect(made).toBe(1)
  })
})
