import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { type InputLine, InputLines } from './input-lines.ts'

const bytesMax = 8
const tooLong = 'it has more than 8 bytes, which is the most that a message can have'

async function all(lines: InputLines): Promise<InputLine[]> {
  const read: InputLine[] = []
  for await (const line of lines) read.push(line)
  return read
}

async function read(...pieces: (string | Uint8Array)[]): Promise<InputLine[]> {
  const input = Readable.from(pieces.map((piece) => Buffer.from(piece)))
  return all(new InputLines(input, bytesMax))
}

/** Texts, and refusals in brackets. */
const brief = (lines: readonly InputLine[]): string[] =>
  lines.map((line) => ('text' in line ? line.text : `[${line.number}: ${line.refusal}]`))

describe('standard input as lines', () => {
  it.each([
    ['nothing', [''], []],
    ['lines', ['one\ntwo\n'], ['one', 'two']],
    ['a last line without an end', ['one\ntwo'], ['one', 'two']],
    ['empty lines', ['\n\none\n\n'], ['', '', 'one', '']],
    ['CRLF', ['one\r\ntwo\r\n'], ['one', 'two']],
    ['a carriage return within a line', ['o\rne\n'], ['o\rne']],
    ['NUL and control characters', ['\0\u001b[3m\n'], ['\0\u001b[3m']],
    ['a line of as many bytes as may be', ['12345678\n12345678\r\n12345678'], ['12345678', '12345678', '12345678']],
    ['a byte order mark as it is', ['\ufeffone\n'], ['\ufeffone']],
    ['lines in pieces that cut characters', [Buffer.from([0xc3]), Buffer.from([0xa9, 0x0a, 0x61])], ['é', 'a']],
  ])('reads %s', async (_, pieces, texts) => {
    expect(brief(await read(...pieces))).toEqual(texts)
  })

  it('refuses a line that is too long by itself, and reads on', async () => {
    expect(brief(await read('one\n123456789\ntwo\n'))).toEqual(['one', `[2: ${tooLong}]`, 'two'])
    expect(brief(await read('ééééé\r\ntwo'))).toEqual([`[1: ${tooLong}]`, 'two'])
    expect(brief(await read('12345', '6789', '0123', '4\ntwo\n', '123456789'))).toEqual([
      `[1: ${tooLong}]`,
      'two',
      `[3: ${tooLong}]`,
    ])
  })

  it('refuses a line that is not UTF-8 by itself, and reads on', async () => {
    expect(brief(await read('one\n', Buffer.from([0xff, 0xfe, 0x0a]), 'two\n'))).toEqual([
      'one',
      '[2: it is not UTF-8]',
      'two',
    ])
  })

  it('holds no more than one piece of a line without an end', async () => {
    const piece = Buffer.alloc(1_048_576, 'x')
    const pieces = (function* () {
      for (let n = 0; n < 1_000; n++) yield piece
    })()
    const before = process.memoryUsage().arrayBuffers
    const lines = await all(new InputLines(Readable.from(pieces), bytesMax))
    expect(brief(lines)).toEqual([`[1: ${tooLong}]`])
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1_048_576)
  })

  it.each([
    ['one\n', 0],
    ['one\ntwo', 1],
    ['one\ntwo\nthree\nfour', 3],
    ['one\ntwo\nthree\n', 2],
    [`one\n${'x'.repeat(20)}`, 1],
  ])('counts what was read and not handed out of %j', async (text, unread) => {
    const lines = new InputLines(Readable.from([Buffer.from(text)]), bytesMax)
    await lines[Symbol.asyncIterator]().next()
    expect([lines.number, lines.countUnread()]).toEqual([1, unread])
  })

  it('says that the input cannot be read', async () => {
    const input = new Readable({ read: () => input.destroy(new Error('EISDIR')) })
    await expect(all(new InputLines(input, bytesMax))).rejects.toMatchObject({ code: 'input-output' })
  })
})
