import { describe, expect, it } from 'vitest'
import { Duo } from '../../../test/hostile/duo.ts'
import { Reader } from '../../../test/hostile/reader.ts'
import { resetCodes } from '../frame/constants.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)

/** Two parties that are connected. */
function connected(...options: ConstructorParameters<typeof Duo>): Duo {
  const duo = new Duo(...options)
  duo.connect(duo.a)
  return duo
}

/** Writes all of `total` zero bytes, a piece at a time, whenever the stream has taken the one before. */
function writeAll(duo: Duo, reader: Reader, totalBytes: number, pieceBytes = 65_536): void {
  for (let left = totalBytes; left > 0; ) {
    const piece = new Uint8Array(Math.min(left, pieceBytes))
    reader.stream.write(piece, duo.nowMs)
    left -= piece.length
    if (reader.stream.send.queuedBytes > 0) duo.runUntil(() => reader.stream.send.queuedBytes === 0)
  }
}

describe('a stream of a session', () => {
  it('carries bytes both ways, in order, with the name of its protocol', () => {
    const duo = connected()
    const here = duo.a.open('chat')
    here.stream.write(bytes('ping '), duo.nowMs)
    here.stream.write(bytes('pong'), duo.nowMs)
    duo.run(100)
    const there = duo.b.opened[0]!
    expect(there.stream.protocol).toBe('chat')
    expect(there.text).toBe('ping pong')
    there.stream.write(bytes('back'), duo.nowMs)
    duo.run(100)
    expect(here.text).toBe('back')
    expect(duo.a.session.isIdle && duo.b.session.isIdle).toBe(true)
  })

  it('is known to the other side with its OPEN alone, and with its priority', () => {
    const duo = connected()
    duo.a.open('quiet', 7)
    duo.run(100)
    expect(duo.b.opened[0]!.stream).toMatchObject({ protocol: 'quiet', priority: 7 })
  })

  it('half-closes: one direction goes on after the end of the other', () => {
    const duo = connected()
    const here = duo.a.open()
    here.stream.write(bytes('question'), duo.nowMs)
    here.stream.end(duo.nowMs)
    duo.run(100)
    const there = duo.b.opened[0]!
    expect([there.text, there.ends, here.endsAcknowledged]).toEqual(['question', 1, 1])
    expect(duo.b.session.streamCount).toBe(1)
    there.stream.write(bytes('answer'), duo.nowMs)
    there.stream.end(duo.nowMs)
    duo.run(100)
    expect([here.text, here.ends, there.endsAcknowledged]).toEqual(['answer', 1, 1])
    expect([duo.a.session.streamCount, duo.b.session.streamCount]).toEqual([0, 0])
  })

  it('ends empty, without a byte', () => {
    const duo = connected()
    const here = duo.a.open()
    here.stream.end(duo.nowMs)
    duo.run(100)
    const there = duo.b.opened[0]!
    there.stream.end(duo.nowMs)
    duo.run(100)
    expect([there.ends, here.ends, duo.a.session.streamCount, duo.b.session.streamCount]).toEqual([1, 1, 0, 0])
  })

  it('tells the end once only, to a reader that was there from the OPEN on', () => {
    const duo = connected()
    const here = duo.a.open()
    here.stream.write(bytes('all'), duo.nowMs)
    here.stream.end(duo.nowMs)
    duo.run(100)
    expect(duo.b.opened[0]!.ends).toBe(1)
  })

  it('drops on RESET what was not read, and hands over the code', () => {
    const duo = connected({}, { reads: false })
    const here = duo.a.open()
    here.stream.write(bytes('lost'), duo.nowMs)
    duo.run(100)
    here.stream.reset(4711)
    duo.run(100)
    const there = duo.b.opened[0]!
    there.wants = true
    there.stream.pull(duo.nowMs)
    expect([there.text, there.resetCodes, there.ends]).toEqual(['', [4711], 0])
  })

  it('answers STOP with RESET of the same code', () => {
    const duo = connected()
    const here = duo.a.open()
    here.stream.write(bytes('for nobody'), duo.nowMs)
    duo.run(100)
    duo.b.opened[0]!.stream.stop(300, duo.nowMs)
    duo.run(100)
    expect(here.stopCodes).toEqual([300])
    expect(here.stream.send.state).toBe('over')
    expect(here.stream.send.resetCode).toBe(300)
    expect(duo.b.opened[0]!.resetCodes).toEqual([])
    expect(duo.b.opened[0]!.stream.receive.state).toBe('reset')
  })

  it('takes writes after its reset without keeping them', () => {
    const duo = connected()
    const here = duo.a.open()
    here.stream.reset(resetCodes.aborted)
    expect(here.stream.write(bytes('nothing'), duo.nowMs)).toBe(true)
    expect(here.stream.send.queuedBytes).toBe(0)
    duo.run(100)
    expect(duo.b.opened[0]!.resetCodes).toEqual([1])
  })

  it('is forgotten by both sides once both directions were reset', () => {
    const duo = connected()
    const here = duo.a.open()
    here.stream.reset(1)
    here.stream.stop(1, duo.nowMs)
    duo.run(100)
    duo.b.opened[0]!.stream.reset(1)
    duo.run(100)
    expect([duo.a.session.streamCount, duo.b.session.streamCount]).toEqual([0, 0])
    expect(duo.a.session.isIdle && duo.b.session.isIdle).toBe(true)
  })

  it('holds the writer at the window of a reader that does not read, and goes on when it does', () => {
    const duo = connected({}, { reads: false })
    const here = duo.a.open()
    here.stream.write(new Uint8Array(400_000), duo.nowMs)
    duo.run(1_000)
    const there = duo.b.opened[0]!
    expect(there.stream.receive.queue.bytes).toBe(262_144)
    expect(here.stream.send.queuedBytes).toBe(400_000 - 262_144)
    there.wants = true
    there.stream.pull(duo.nowMs)
    duo.run(1_000)
    expect(there.readBytes).toBe(400_000)
    expect(here.acceptedCalls).toBe(1)
  })

  it('grows its window while the reader keeps up, within the budget, and gives it back', () => {
    const duo = connected({}, { budgetBytes: 10_000_000 })
    const here = duo.a.open()
    writeAll(duo, here, 6_000_000)
    duo.run(1_000)
    const there = duo.b.opened[0]!
    expect(there.readBytes).toBe(6_000_000)
    expect(there.stream.receive.window.bytes).toBeGreaterThan(262_144)
    expect(duo.b.budget.freeBytes).toBeLessThan(10_000_000)
    for (const { stream } of [here, there]) stream.end(duo.nowMs)
    duo.run(1_000)
    duo.b.session.close('shutting-down', '', 'closed-locally', new Error('over') as never, duo.nowMs)
    duo.run(1_000)
    expect(duo.b.budget.freeBytes).toBe(10_000_000)
    expect(duo.a.budget.freeBytes).toBe(256 * 1024 * 1024)
  })

  it('does not let one that nobody reads hold up the others, up to the window of the session', () => {
    const duo = connected({}, { reads: false })
    const idle = duo.a.open('idle')
    const busy = duo.a.open('busy')
    idle.stream.write(new Uint8Array(300_000), duo.nowMs)
    duo.run(500)
    const busyThere = duo.b.opened.find(({ stream }) => stream.protocol === 'busy')!
    busyThere.wants = true
    writeAll(duo, busy, 3_000_000)
    duo.run(1_000)
    expect(busyThere.readBytes).toBe(3_000_000)
  })

  it('keeps no more for slow readers than the windows of the session and what it may credit ahead', () => {
    const duo = connected({}, { reads: false, limits: { sessionWindowBytesMax: 524_288 } })
    const streams = Array.from({ length: 8 }, () => duo.a.open())
    for (const { stream } of streams) stream.write(new Uint8Array(262_144), duo.nowMs)
    duo.run(2_000)
    const held = duo.b.opened.reduce((sum, { stream }) => sum + stream.receive.queue.bytes, 0)
    expect(held).toBe(1_048_576 + 524_288)
    for (const reader of duo.b.opened) {
      reader.wants = true
      reader.stream.pull(duo.nowMs)
    }
    duo.run(2_000)
    const read = duo.b.opened.reduce((sum, { readBytes }) => sum + readBytes, 0)
    expect(read).toBe(8 * 262_144)
  })

  it('gives back to the window of the session what a reset stream had announced or left unread', () => {
    const duo = connected({}, { reads: false, budgetBytes: 0 })
    for (let round = 0; round < 12; round++) {
      const here = duo.a.open()
      here.stream.write(new Uint8Array(262_144), duo.nowMs)
      duo.run(200)
      here.stream.reset(1)
      duo.b.opened.at(-1)!.stream.reset(1)
      duo.run(200)
    }
    const last = duo.a.open()
    last.stream.write(new Uint8Array(100_000), duo.nowMs)
    duo.run(500)
    expect(duo.b.opened.at(-1)!.stream.receive.queue.bytes).toBe(100_000)
  })

  it('sends the data of a lower priority number first', () => {
    const duo = connected({}, { reads: true })
    const order: string[] = []
    const late = duo.a.open('late', 7)
    const early = duo.a.open('early', 0)
    duo.run(50)
    for (const { stream } of duo.b.opened) {
      const owner = stream.owner as Reader
      owner.received = () => void (order.at(-1) === stream.protocol || order.push(stream.protocol!))
    }
    duo.a.session.active!.room = false
    late.stream.write(new Uint8Array(100_000), duo.nowMs)
    early.stream.write(new Uint8Array(100_000), duo.nowMs)
    duo.a.session.active!.room = true
    duo.run(500)
    expect(order).toEqual(['early', 'late'])
  })
})

describe('the limit of streams', () => {
  it('refuses the 1,025th and tells when there is room again', () => {
    const duo = connected()
    const streams = Array.from({ length: 1_024 }, () => duo.a.open())
    expect(duo.a.session.openStream('test', 4, duo.nowMs)).toBeUndefined()
    duo.run(200)
    expect(duo.b.session.streamCount).toBe(1_024)
    for (const { stream } of [...streams, ...duo.b.opened].slice(0, 600)) stream.end(duo.nowMs)
    duo.run(200)
    expect(duo.a.streamsAvailableCalls).toBe(0)
    for (const { stream } of duo.b.opened.slice(0, 600)) stream.end(duo.nowMs)
    duo.run(200)
    expect(duo.a.streamsAvailableCalls).toBe(1)
    expect(duo.a.session.openStream('test', 4, duo.nowMs)).toBeDefined()
  })

  it('lets any number of streams come and go one after the other', () => {
    const duo = connected()
    for (let round = 0; round < 3_000; round++) {
      const here = duo.a.session.openStream('test', 4, duo.nowMs)
      if (here === undefined) throw new Error(`Stream ${round} was not allowed`)
      new Reader(here).stream.end(duo.nowMs)
      duo.run(15)
      duo.b.opened.pop()!.stream.end(duo.nowMs)
      duo.run(15)
    }
    expect([duo.a.session.streamCount, duo.b.session.streamCount]).toEqual([0, 0])
  })
})

describe('the end of a session', () => {
  it('fails every stream on both sides, with the reason', () => {
    const duo = connected()
    const here = duo.a.open()
    duo.run(50)
    const { session } = duo.a
    duo.a.session.close('shutting-down', '', 'closed-locally', new Error('own') as never, duo.nowMs)
    duo.run(50)
    expect(here.failures.map(({ message }) => message)).toEqual(['own'])
    expect(duo.b.opened[0]!.failures.map(({ code }) => code)).toEqual(['peer-shut-down'])
    expect(session.nextDeadlineMs).toBe(Infinity)
  })

  it('comes after an hour without a link, not before', () => {
    const duo = connected()
    const here = duo.a.open()
    duo.run(50)
    duo.wires[0]!.cut()
    duo.run(3_599_999)
    expect(duo.a.endings).toEqual([])
    duo.run(2)
    expect(duo.a.endings.map(({ code }) => code)).toEqual(['session-lost'])
    expect(duo.b.endings.map(({ code }) => code)).toEqual(['session-lost'])
    expect(here.failures).toHaveLength(1)
  })

  it('takes inputs that come too late without a word', () => {
    const duo = connected()
    const here = duo.a.open()
    const { session } = duo.a
    const link = session.active!
    session.end('closed-locally', new Error('over') as never, duo.nowMs)
    expect(() => {
      session.dataReceived(1, 2, 0, bytes('late'), true, duo.nowMs)
      session.acknowledgementReceived({ cumulative: 99, ranges: [] }, duo.nowMs)
      session.reliableReceived({ type: 'streams', sequence: 1, limit: 0 }, duo.nowMs)
      session.pump(link, duo.nowMs)
      session.advance(duo.nowMs)
      session.close('violation', '', 'protocol-error', new Error('again') as never, duo.nowMs)
      here.stream.write(bytes('late'), duo.nowMs)
      here.stream.end(duo.nowMs)
      here.stream.reset(1)
      here.stream.stop(1, duo.nowMs)
    }).not.toThrow()
    expect(duo.a.endings).toHaveLength(1)
  })
})
