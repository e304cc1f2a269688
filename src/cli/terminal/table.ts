// Columns for people.
import { outputColumns, styled } from './output.ts'
import { hanging, padded, width } from './text.ts'

/**
 * Lines with aligned columns; the heading is dim where the terminal shows colours. What would be wider than `columns` becomes a block for each row, with the first
 * cell as its title.
 */
export function table(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number = outputColumns(),
): string[] {
  const widths = heading.map((_, column) => Math.max(...[heading, ...rows].map((row) => width(row[column] ?? ''))))
  if (widths.reduce((sum, each) => sum + each + 2, -2) > columns) return blocks(heading, rows, columns)
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => padded(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [styled('dim', line(heading)), ...rows.map(line)]
}

function blocks(heading: readonly string[], rows: readonly (readonly string[])[], columns: number): string[] {
  const labelWidth = Math.max(...heading.slice(1).map(width)) + 2
  return rows.flatMap(([title = '', ...cells]) => [
    title,
    ...cells.flatMap((cell, at) =>
      hanging(`  ${styled('dim', padded(heading[at + 1] ?? '', labelWidth))}`, cell, columns),
    ),
  ])
}
