// A canvas knows no custom properties; these are their values of now.

const names = {
  accent: '--accent',
  accentSoft: '--accent-soft',
  inkSoft: '--ink-soft',
  line: '--line',
  loss: '--loss',
  lossSoft: '--loss-soft',
} as const

export type Palette = Readonly<Record<keyof typeof names, string>>

/** The colours of the scheme that is in force. */
export function palette(element: Element): Palette {
  const style = getComputedStyle(element)
  const entries = Object.entries(names).map(([key, name]) => [key, style.getPropertyValue(name).trim()] as const)
  return Object.fromEntries(entries) as Palette
}

/** Calls back when the reader goes from light to dark, or back, until the function that it answers is called. */
export function onSchemeChange(callback: () => void): () => void {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  dark.addEventListener('change', callback)
  return () => dark.removeEventListener('change', callback)
}
