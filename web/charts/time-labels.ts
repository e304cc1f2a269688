const withSeconds = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })
const withoutSeconds = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })

/** A moment in seconds since 1970, as the reader writes times. */
export function clockTime(seconds: number): string {
  return withSeconds.format(seconds * 1_000)
}

/** Labels of a time axis whose marks are `step` seconds apart. */
export function timeLabels(seconds: readonly number[], step: number): string[] {
  const format = step < 60 ? withSeconds : withoutSeconds
  return seconds.map((second) => format.format(second * 1_000))
}
