import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanName, normalName, parseName } from './name.ts'
import { peerIdFromPublicKey, shortPeerId } from './peer-id.ts'

const id = peerIdFromPublicKey(new Uint8Array(32))
const zwj = '\u200d'
const zwnj = '\u200c'

describe('one rule for names, for every way in', () => {
  test.each([
    ['blanks around and within are single ones or none', ' \u00a0kitchen \t pi\n', 'kitchen pi'],
    ['NFD becomes NFC', 'Gro\u0308ße', 'Größe'],
    ['joiners of emoji stay', `👩${zwj}👩${zwj}👧`, `👩${zwj}👩${zwj}👧`],
    ['those behind a variation selector stay', `❤\ufe0f${zwj}🔥`, `❤\ufe0f${zwj}🔥`],
    ['those of Persian stay', `می${zwnj}خواهم`, `می${zwnj}خواهم`],
    ['those behind a virama stay', `ന\u0d4d${zwj}`, `ന\u0d4d${zwj}`],
    ['those of no meaning go', `b${zwj}o${zwnj}b${zwj}`, 'bob'],
    ['what is not seen goes', '\ufeffla\u200bp\u00adt\u2060op', 'laptop'],
    ['flags made of tags stay', '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}', undefined],
    ['quotes stay', '"bob"', '"bob"'],
  ])('%s', (_, text, name) => {
    expect(parseName(text)).toBe(name ?? text)
    expect(cleanName(text, id)).toBe(name ?? text)
  })

  test.each([
    ['', 'at least one character that can be seen'],
    [' \u200b\ufeff ', 'at least one character that can be seen'],
    ['\u001b[31mbob', 'control characters'],
    ['bob\u202e', 'direction of writing'],
    ['\u2066bob', 'direction of writing'],
    ['bob\ud800', 'control characters'],
    ['x'.repeat(65), '65 bytes of UTF-8, and a name at most 64; shorten it'],
    ['х'.repeat(33), '66 bytes'],
    ['x'.repeat(1e6), '1000000 bytes'],
  ])('people are told in words what is wrong with %j', (text, problem) => {
    expect(() => parseName(text)).toThrow(problem)
    expect(() => parseName(text)).toThrow(expect.objectContaining({ code: 'invalid-name' }))
  })

  test('a name of another node is made to fit, and cut between what people see as characters', () => {
    expect(cleanName('\u001b[31mbob\u202e\nforged', id)).toBe('[31mbob forged')
    expect(cleanName('\u202e\u200b', id)).toBe(shortPeerId(id))
    const family = `👩${zwj}👩${zwj}👧`
    expect(cleanName(`${'x'.repeat(50)}${family}`, id)).toBe('x'.repeat(50))
    expect(cleanName(`${'x'.repeat(46)}${family}y`, id)).toBe(`${'x'.repeat(46)}${family}`)
  })

  test('whatever comes of a text is a name, and stays as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        const name = cleanName(text, id)
        expect(parseName(name)).toBe(name)
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(64)
        expect(normalName(normalName(text))).toBe(normalName(text))
      }),
      { numRuns: 1_000 },
    )
  })
})
