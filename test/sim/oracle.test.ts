import { describe, expect, it } from 'vitest'
import { DirectionOracle } from './oracle.ts'
import { contentOf } from './pattern.ts'

/** An oracle whose writer has written 1,000 bytes and ended. */
function written(tag = 7): { oracle: DirectionOracle; problems: string[] } {
  const problems: string[] = []
  const oracle = new DirectionOracle(tag, 'stream', (problem) => problems.push(problem))
  oracle.wrote(contentOf(tag, 0, 1_000))
  oracle.writerEnded()
  return { oracle, problems }
}

describe('the oracle of one direction', () => {
  it('is content with every byte in order, in whatever pieces, and one end', () => {
    const { oracle, problems } = written()
    oracle.got(contentOf(7, 0, 1))
    oracle.got(contentOf(7, 1, 900))
    oracle.got(contentOf(7, 901, 99))
    oracle.gotEnd()
    expect([problems, oracle.isComplete]).toEqual([[], true])
  })

  it.each([
    ['bytes that are missing', 100, 'offset 10 came bytes of offset 100: lost'],
    ['bytes that come twice', 0, 'offset 10 came bytes of offset 0: doubled'],
  ])('notices %s', (_, offset, problem) => {
    const { oracle, problems } = written()
    oracle.got(contentOf(7, 0, 10))
    oracle.got(contentOf(7, offset, 50))
    expect(problems).toEqual([expect.stringContaining(problem)])
  })

  it('notices bytes of another stream, and a single changed byte', () => {
    const { oracle, problems } = written()
    oracle.got(contentOf(8, 0, 50))
    const changed = Buffer.from(contentOf(7, 0, 50))
    changed[49]! ^= 1
    const other = written()
    other.oracle.got(changed)
    expect(problems).toEqual([expect.stringContaining('not of this stream')])
    expect(other.problems).toHaveLength(1)
  })

  it('notices an end that comes early, twice, or that nobody wrote', () => {
    const early = written()
    early.oracle.got(contentOf(7, 0, 999))
    early.oracle.gotEnd()
    const twice = written()
    twice.oracle.got(contentOf(7, 0, 1_000))
    twice.oracle.gotEnd()
    twice.oracle.gotEnd()
    const problems: string[] = []
    new DirectionOracle(7, 'stream', (problem) => problems.push(problem)).gotEnd()
    expect(early.problems).toEqual([expect.stringContaining('after 999 of 1000')])
    expect(twice.problems).toEqual([expect.stringContaining('twice')])
    expect(problems).toEqual([expect.stringContaining('nobody wrote')])
  })

  it('notices bytes that were never written, and bytes after the end', () => {
    const { oracle, problems } = written()
    oracle.got(contentOf(7, 0, 1_001))
    const after = written()
    after.oracle.got(contentOf(7, 0, 1_000))
    after.oracle.gotEnd()
    after.oracle.got(contentOf(7, 1_000, 1))
    expect(problems).toEqual([expect.stringContaining('1000 were written')])
    expect(after.problems).toEqual([expect.stringContaining('after the end')])
  })
})
