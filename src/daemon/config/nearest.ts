// "Did you mean …": which of the names that there are comes nearest to one that there is not.

/** The name that was probably meant; case and separators do not count. Undefined if none is near. */
export function nearest(text: string, names: readonly string[]): string | undefined {
  const wanted = bare(text)
  // Nobody mistypes a name into something of a hundred letters.
  if (wanted.length === 0 || wanted.length > 100) return undefined
  let best: string | undefined
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const name of names) {
    const mistakes = distance(wanted, bare(name))
    if (mistakes >= least) continue
    least = mistakes
    best = name
  }
  // The beginning or the end of a name is all that some remember: `keepAlive`, `hosts`.
  return best ?? names.find((name) => wanted.length >= 4 && bare(name).includes(wanted))
}

/** Letters and digits alone: `idle_timeout` and `idleTimeout` are the same to people. */
export const bare = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '')

/** Levenshtein's distance: letters to insert, remove or exchange. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const above = row
    row = [i]
    for (let j = 1; j <= b.length; j++) {
      const exchanged = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row[j] = Math.min(exchanged, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1)
    }
  }
  return row[b.length] ?? 0
}
