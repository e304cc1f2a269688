import { encode } from 'uqr'
import { expect, test } from 'vitest'
import { qrCode } from './qr-code.ts'
import { width } from './text.ts'

const ticket = `HFTICKET1${'QPZRY9X8GF2TVDW0'.repeat(12)}`

test.each([true, false])('the modules can be read from the screen, with colours: %s', (colours) => {
  const { data, size } = encode(ticket, { border: 2, ecc: 'L' })
  const lines = qrCode(ticket, { colours })
  expect(lines.map(width)).toEqual(lines.map(() => size))
  for (const [at, line] of lines.entries()) {
    // oxlint-disable-next-line no-control-regex
    const cells = line.replaceAll(/\u001b\[[\d;]*m/g, '').split('')
    const isDrawn = (column: number, half: string): boolean => cells[column] === '█' || cells[column] === half
    for (let column = 0; column < size; column++) {
      expect(isDrawn(column, '▀')).toBe(data[2 * at]?.[column] === colours)
      if (2 * at + 1 < size) expect(isDrawn(column, '▄')).toBe(data[2 * at + 1]?.[column] === colours)
    }
  }
})

test('a ticket in upper case fits a narrow terminal', () => {
  expect(width(qrCode(ticket)[0] ?? '')).toBeLessThan(64)
  expect(width(qrCode(ticket.toLowerCase())[0] ?? '')).toBeGreaterThan(width(qrCode(ticket)[0] ?? ''))
})
