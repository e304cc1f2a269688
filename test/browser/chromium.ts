import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const candidates = [
  process.env['HOLDFAST_BROWSER'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

/** Where Chromium is on this machine; undefined if it has none. */
export const chromiumPath = candidates.find((path) => path !== undefined && existsSync(path))

/** Continuous integration sets this: without a browser the tests fail there, and are skipped elsewhere. */
const isRequired = process.env['HOLDFAST_BROWSER_REQUIRED'] === '1'

if (chromiumPath === undefined) {
  const missing = 'Chromium was not found; install it (on Debian: chromium), or name its program in HOLDFAST_BROWSER'
  if (isRequired) throw new Error(missing)
  process.stderr.write(`Tests in a browser are skipped: ${missing}.\n`)
}

/** Chromium without a window, without a profile, and without a word to its maker. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath ?? '',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
