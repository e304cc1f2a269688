import { bech32m } from '@scure/base'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { peerIdFromPublicKey } from './peer-id.ts'
import { decodeTicket, encodeTicket, holdsTicket, type Ticket } from './ticket.ts'

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length })
const tickets: fc.Arbitrary<Ticket> = fc.record({
  issuer: bytes(32).map(peerIdFromPublicKey),
  number: bytes(8),
  secret: bytes(16),
  expiresAt: fc.nat({ max: 2 ** 40 }).map((seconds) => seconds * 1000),
  addresses: fc.array(
    fc
      .string({ minLength: 1, maxLength: 60, unit: 'grapheme' })
      .filter((text) => /^[^\s\p{C}]+$/u.test(text) && Buffer.byteLength(text) <= 255),
    { maxLength: 8 },
  ),
})

const ticket: Ticket = {
  issuer: peerIdFromPublicKey(new Uint8Array(32).fill(1)),
  number: new Uint8Array(8).fill(2),
  secret: new Uint8Array(16).fill(3),
  expiresAt: 1_800_000_000_999,
  addresses: ['tcp://192.0.2.1:4000', 'tcp://[2001:db8::1]:4000'],
}

/** A text with a right checksum over these bytes. */
const textOf = (content: Uint8Array): string => bech32m.encode('hfticket', bech32m.toWords(content), false)
const contentOf = (text: string): Uint8Array => bech32m.fromWords(bech32m.decode(text as 'x1x', false).words)

function refusal(text: string): unknown {
  try {
    decodeTicket(text)
  } catch (error) {
    return error
  }
  return undefined
}

describe('tickets', () => {
  it('come back from text, in either case and with line breaks', () => {
    fc.assert(
      fc.property(tickets, (given) => {
        const text = encodeTicket(given)
        expect(text).toMatch(/^hfticket1[a-z0-9]+$/)
        expect(decodeTicket(text)).toEqual(given)
        expect(decodeTicket(text.toUpperCase())).toEqual(given)
        expect(decodeTicket(` ${text.replaceAll(/.{70}/g, '$&\r\n')}\n`)).toEqual(given)
      }),
    )
  })

  const text = encodeTicket(ticket)
  const wrapped = text.replaceAll(/.{30}/g, '$&\n')
  it.each([
    ['with blanks and line breaks around', `  \t${text}\r\n\n`],
    ['with a no-break space around', `\u00a0${text}\u00a0`],
    ['with a byte order mark', `\ufeff${text}`],
    ['with zero-width spaces and soft hyphens in it', text.replaceAll(/.{9}/g, '$&\u200b\u00ad')],
    ['in marks of direction', `\u2068${text}\u2069`],
    ['in quotes', `"${text}"`],
    ['in single quotes', `'${text}'`],
    ['in typographic quotes', `“${text}”`],
    ['in German quotes', `„${text}“`],
    ['in French quotes', `« ${text} »`],
    ['in <…>', `<${text}>`],
    ['in backticks', `\`\`\`\n${text}\n\`\`\``],
    ['in brackets, with a full stop', `(${text}).`],
    ['with a phone’s capital', text.replace('h', 'H')],
    ['in capitals, as QR codes have it', text.toUpperCase()],
    ['wrapped', wrapped],
    ['wrapped in its beginning', text.replace('hfticket1', 'hftic\nket1')],
    ['wrapped and quoted by a mail', wrapped.replaceAll(/^/gm, '> ')],
    ['wrapped, with a backslash at each line’s end', wrapped.replaceAll('\n', ' \\\n')],
    ['with the command', `holdfast pair ${text}`],
    ['with a prompt and the command', `$ holdfast pair '${wrapped}'`],
    ['in a sentence', `Here it is: ${text}, see you!`],
    ['before other words', `${text} Thanks, Bob`],
    ['in a line of JSON', `{"ticket":"${text}","expiresAt":"2030-01-01"}`],
  ])('come back from what people paste: %s', (_, pasted) => {
    expect(holdsTicket(pasted)).toBe(true)
    expect(decodeTicket(pasted).secret).toEqual(ticket.secret)
  })

  it('with letters in both cases are refused in words that say so', () => {
    const mixed = text.slice(0, 30) + text.slice(30).toUpperCase()
    expect(refusal(mixed)).toMatchObject({
      mistake: 'mixed-case',
      message: 'This ticket has small letters and capitals; copy it again',
    })
  })

  it('count time in whole seconds', () => {
    expect(decodeTicket(encodeTicket(ticket)).expiresAt).toBe(1_800_000_000_000)
  })

  it('fit a line of text', () => {
    expect(encodeTicket({ ...ticket, addresses: [] })).toHaveLength(118)
    expect(encodeTicket(ticket).length).toBeLessThan(200)
    const largest = { ...ticket, addresses: Array.from({ length: 8 }, () => 'x'.repeat(255)) }
    expect(decodeTicket(encodeTicket(largest)).addresses).toHaveLength(8)
  })

  it('are not made of what does not fit', () => {
    const wrong: Partial<Ticket>[] = [
      { number: new Uint8Array(7) },
      { secret: new Uint8Array(17) },
      { expiresAt: -1000 },
      { addresses: Array.from({ length: 9 }, () => 'tcp://a:1') },
      { addresses: ['x'.repeat(256)] },
      { addresses: [''] },
      { addresses: ['tcp://a:1\u001B[2J'] },
    ]
    for (const part of wrong) expect(() => encodeTicket({ ...ticket, ...part })).toThrow(RangeError)
  })

  it('say what is wrong with them', () => {
    const text = encodeTicket(ticket)
    const typo = text.slice(0, 40) + (text[40] === 'q' ? 'p' : 'q') + text.slice(41)
    expect(refusal(typo)).toMatchObject({ mistake: 'checksum', message: expect.stringContaining('copy it again') })
    expect(refusal(text.slice(0, -9))).toMatchObject({ mistake: 'checksum' })
    expect(refusal(ticket.issuer)).toMatchObject({
      mistake: 'not-a-ticket',
      message: expect.stringContaining('peer id'),
    })
    expect(refusal('hello')).toMatchObject({ mistake: 'not-a-ticket' })
    expect(refusal(`hfticket1${'q'.repeat(9000)}`)).toMatchObject({ mistake: 'not-a-ticket' })
    const content = contentOf(text)
    expect(refusal(textOf(content.with(0, 2)))).toMatchObject({ mistake: 'newer-version' })
    expect(refusal(textOf(content.with(0, 0)))).toMatchObject({ mistake: 'malformed' })
  })

  it('are refused when their content is not as it must be', () => {
    const content = contentOf(encodeTicket(ticket))
    for (let length = 0; length < content.length; length++) {
      expect(refusal(textOf(content.subarray(0, length)))).toMatchObject({ mistake: 'malformed' })
    }
    expect(refusal(textOf(Buffer.concat([content, Uint8Array.of(0)])))).toMatchObject({ mistake: 'malformed' })
    // More addresses than a ticket holds, an address with a control character, one that is no UTF-8.
    expect(refusal(textOf(content.with(63, 9)))).toMatchObject({ mistake: 'malformed' })
    expect(refusal(textOf(content.with(65, 7)))).toMatchObject({ mistake: 'malformed' })
    expect(refusal(textOf(content.with(65, 0xff)))).toMatchObject({ mistake: 'malformed' })
  })

  it('never fail on any text but with their own error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.uint8Array({ maxLength: 300 }).map(textOf),
          fc.uint8Array({ maxLength: 300 }).map((tail) => textOf(Uint8Array.of(1, ...tail))),
        ),
        (text) => {
          const error = refusal(text)
          if (error !== undefined) expect(error).toMatchObject({ code: 'invalid-ticket' })
        },
      ),
    )
  })
})
