import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { seeded } from './random.ts'
import { type Check, fileSource, Verifier } from './verifier.ts'

const BLOCK = 4_096
const BLOCKS = 50

const content = (() => {
  const random = seeded(7)
  return Buffer.from(Array.from({ length: BLOCK * BLOCKS }, () => Math.floor(random() * 256)))
})()

function block(index: number): Buffer {
  return content.subarray(index * BLOCK, (index + 1) * BLOCK)
}

/** All blocks, some replaced by others. */
function blocks(change: Record<number, Buffer[]> = {}): Buffer {
  return Buffer.concat(Array.from({ length: BLOCKS }, (_, index) => change[index] ?? [block(index)]).flat())
}

function check(arrived: Buffer, { source = content, chunk = 1_000 } = {}): Omit<Check, 'sha256'> {
  const verifier = new Verifier((offset, length) => source.subarray(offset, offset + length), source.length)
  for (let offset = 0; offset < arrived.length; offset += chunk) verifier.feed(arrived.subarray(offset, offset + chunk))
  const { sha256, ...counts } = verifier.finish()
  expect(sha256).toBe(createHash('sha256').update(arrived).digest('hex'))
  return counts
}

const good = { bytes: content.length, lost: 0, duplicated: 0, reordered: 0, corrupted: 0 }

describe('Verifier', () => {
  it.each([1, 7, 1_000, 65_536, 1_000_000])('accepts the same bytes in chunks of %i', (chunk) => {
    expect(check(content, { chunk })).toEqual(good)
  })

  it.each([1, 1_000, 65_536])('counts a dropped block as lost, in chunks of %i', (chunk) => {
    expect(check(blocks({ 10: [] }), { chunk })).toEqual({ ...good, bytes: content.length - BLOCK, lost: BLOCK })
  })

  it('counts a single dropped byte', () => {
    const arrived = Buffer.concat([content.subarray(0, 12_345), content.subarray(12_346)])
    expect(check(arrived)).toEqual({ ...good, bytes: content.length - 1, lost: 1 })
  })

  it.each([1, 1_000, 65_536])('counts a doubled block as duplicated, in chunks of %i', (chunk) => {
    const arrived = blocks({ 10: [block(10), block(10)] })
    expect(check(arrived, { chunk })).toEqual({ ...good, bytes: content.length + BLOCK, duplicated: BLOCK })
  })

  it.each([1, 1_000, 65_536])('counts swapped blocks as reordered, not as lost, in chunks of %i', (chunk) => {
    const arrived = blocks({ 10: [block(11)], 11: [block(10)] })
    expect(check(arrived, { chunk })).toEqual({ ...good, reordered: BLOCK })
  })

  it('counts a block in the place of another as lost and duplicated', () => {
    expect(check(blocks({ 30: [block(10)] }))).toEqual({ ...good, lost: BLOCK, duplicated: BLOCK })
  })

  it('counts changed bytes as lost and corrupted', () => {
    const changed = Buffer.from(block(10))
    for (let index = 100; index < 110; index++) changed[index] = (changed[index] ?? 0) ^ 0xff
    expect(check(blocks({ 10: [changed] }))).toEqual({ ...good, lost: 10, corrupted: 10 })
  })

  it('counts a whole block of foreign bytes as lost and corrupted, a few by chance alike aside', () => {
    const foreign = Buffer.from(block(10).map((byte) => byte ^ 0xff))
    expect(check(blocks({ 10: [foreign] }))).toEqual({ ...good, lost: BLOCK, corrupted: BLOCK })
  })

  it('counts the missing end', () => {
    const arrived = content.subarray(0, -10)
    expect(check(arrived)).toEqual({ ...good, bytes: arrived.length, lost: 10 })
  })

  it('counts an end that comes twice', () => {
    const arrived = Buffer.concat([content, content.subarray(-100)])
    expect(check(arrived)).toEqual({ ...good, bytes: arrived.length, duplicated: 100 })
  })

  it('counts bytes after the end that belong nowhere', () => {
    const arrived = Buffer.concat([content, Buffer.alloc(100)])
    expect(check(arrived)).toEqual({ ...good, bytes: arrived.length, corrupted: 100 })
  })

  it('counts a byte that is missing shortly before the end', () => {
    const arrived = Buffer.concat([content.subarray(0, -20), content.subarray(-19)])
    expect(check(arrived)).toEqual({ ...good, bytes: arrived.length, lost: 1 })
  })

  it('counts what is missing from equal bytes by their number', () => {
    const source = Buffer.concat([block(1), Buffer.alloc(3 * BLOCK), block(2)])
    const arrived = Buffer.concat([block(1), Buffer.alloc(2 * BLOCK), block(2)])
    expect(check(arrived, { source })).toEqual({ ...good, bytes: arrived.length, lost: BLOCK })
  })

  it('finds several faults in one stream', () => {
    const arrived = blocks({ 5: [], 10: [block(10), block(10)], 20: [block(21)], 21: [block(20)] })
    expect(check(arrived)).toEqual({ ...good, lost: BLOCK, duplicated: BLOCK, reordered: BLOCK })
  })

  it('counts everything as lost when nothing arrives', () => {
    expect(check(Buffer.alloc(0))).toEqual({ ...good, bytes: 0, lost: content.length })
  })
})

describe('fileSource', () => {
  it('reads parts of a file, and less at its end', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-verifier-'))
    try {
      writeFileSync(join(folder, 'file'), content)
      const source = fileSource(join(folder, 'file'))
      expect(source.read(5_000, 300)).toEqual(content.subarray(5_000, 5_300))
      expect(source.read(content.length - 5, 300)).toEqual(content.subarray(-5))
      expect(source.read(content.length, 300)).toHaveLength(0)
      source.close()
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
