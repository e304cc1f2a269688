/** How a message is marked: two columns each. */
export interface Marks {
  readonly waiting: string
  readonly delivered: string
  readonly none: string
}

const ticks: Marks = { waiting: '✓ ', delivered: '✓✓', none: '  ' }
const ascii: Marks = { waiting: 'v ', delivered: 'vv', none: '  ' }

/** Ticks where the terminal shows them. */
export function marksOf(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): Marks {
  if (platform === 'win32' || platform === 'darwin') return ticks
  // The first of them that is set counts, as POSIX has it.
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  return /utf-?8/i.test(locale) ? ticks : ascii
}
