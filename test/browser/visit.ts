import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

/** What Chromium prints of answers, which a page cannot keep it from: a token is refused, a daemon gone, a peer just unpaired. */
const expectedNoise = [
  /^Failed to load resource: the server responded with a status of 401 /,
  /^Failed to load resource: net::ERR_/,
  /^Failed to load resource: the server responded with a status of 404 .* http:\/\/[\d.:]+\/api\/v1\/peers\/hf1/,
]

/** Nothing waits that long; a busy machine may. */
const WAIT_MS_MAX = 120_000

/** A tab with the dashboard, and all that it must not do. */
export interface Visit {
  readonly page: Page
  /** Errors of the console, breaches of the policy and requests to others, as lines of text. */
  readonly offences: readonly string[]
  close(): Promise<void>
}

/** Opens an address in a tab of its own, with nothing that an earlier one stored. */
export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1_100, height: 900 }, ...options })
  context.setDefaultTimeout(WAIT_MS_MAX)
  const page = await context.newPage()
  const offences: string[] = []
  const { origin } = new URL(url)
  page.on('console', (message) => {
    if (message.type() !== 'error') return
    const text = `${message.text()} ${message.location().url}`
    if (!expectedNoise.some((noise) => noise.test(text))) offences.push(`console: ${text}`)
  })
  page.on('pageerror', (error) => offences.push(`error: ${error.stack ?? error.message}`))
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) offences.push(`request to ${request.url()}`)
  })
  await page.exposeFunction('tellViolation', (text: string) => offences.push(`policy: ${text}`))
  await page.addInitScript(
    "addEventListener('securitypolicyviolation', (event) => tellViolation(`${event.violatedDirective} ${event.sourceFile}`))",
  )
  await page.goto(url)
  return { page, offences, close: () => context.close() }
}
