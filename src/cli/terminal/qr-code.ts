import { styleText } from 'node:util'
import { encode } from 'uqr'

/** White modules around it, as readers want them; half of what the standard asks for is enough on a screen. */
const border = 2

/**
 * A text as a QR code in half-block characters, two rows of it a line. Dark on light where the terminal shows colours; else its dark modules are left blank, which
 * most readers take in both kinds of terminal.
 */
export function qrCode(text: string, { colours = process.stdout.hasColors?.() ?? false } = {}): string[] {
  const { data, size } = encode(text, { border, ecc: 'L' })
  const isDark = (row: number, column: number): boolean => data[row]?.[column] ?? false
  const lines: string[] = []
  for (let row = 0; row < size; row += 2) {
    let line = ''
    for (let column = 0; column < size; column++) {
      line += halves(
        isDark(row, column) === colours,
        isDark(row + 1, column) === colours && (colours || row + 1 < size),
      )
    }
    lines.push(colours ? styleText(['black', 'bgWhiteBright'], line, { validateStream: false }) : line)
  }
  return lines
}

function halves(upper: boolean, lower: boolean): string {
  if (upper) return lower ? '█' : '▀'
  return lower ? '▄' : ' '
}
