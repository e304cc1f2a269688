/** A result for people: a line for each number, indented below what it belongs to. */
export function reportOf(result: object, indent = ''): string {
  const width = Math.max(...Object.keys(result).map((key) => key.length)) + 2
  return Object.entries(result)
    .map(([key, value]) => {
      if (Array.isArray(value) && value.every((each) => typeof each === 'object' && each !== null))
        return value.map((each: object, at) => `${indent}${key} ${at + 1}\n${reportOf(each, `${indent}  `)}`).join('\n')
      if (typeof value === 'object' && value !== null && !Array.isArray(value))
        return `${indent}${key}\n${reportOf(value as object, `${indent}  `)}`
      return `${indent}${key.padEnd(width)}${textOf(value)}`
    })
    .join('\n')
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(', ')
  if (typeof value === 'number') return value.toLocaleString('en', { maximumSignificantDigits: 4 })
  return typeof value === 'string' ? value : value === null ? '–' : JSON.stringify(value)
}
