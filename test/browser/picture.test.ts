// Makes the picture of the documentation, on demand: a peer over a network that is as networks are, for four minutes.

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, pairByApi } from './ask.ts'
import { chromiumPath, launchChromium } from './chromium.ts'
import { TwoDaemons } from './two-daemons.ts'
import { visit } from './visit.ts'

const file = join(import.meta.dirname, '..', '..', 'docs', 'images', 'dashboard.png')
const isWanted = process.env['HOLDFAST_SCREENSHOT'] === '1' && chromiumPath !== undefined

const LENGTH_S = 240
/** When the network is cut, and for how many seconds. */
const cuts = new Map([
  [55, 0.2],
  [118, 9],
  [190, 3],
])

describe.skipIf(!isWanted)('the picture of the dashboard', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launchChromium()
  })

  afterAll(() => browser.close())

  test('is taken', { timeout: 2 * LENGTH_S * 1_000 }, async () => {
    await using daemons = await TwoDaemons.open({ left: 'workshop', right: 'attic-server' })
    const { network, left } = daemons
    const peer = await pairByApi(daemons)
    const { page, offences } = await visit(browser, `${left.dashboardUrl}`, {
      viewport: { width: 1_060, height: 1_190 },
    })
    await page.getByRole('link', { name: 'attic-server' }).click()
    for (let second = 0; second < LENGTH_S; second++) {
      network.delayMs = delayAt(second)
      const cutS = cuts.get(second)
      if (cutS !== undefined) {
        network.cut()
        setTimeout(() => network.mend(), cutS * 1_000)
      }
      // Whoever uses a link has it probed each second.
      ask(left, 'POST', `peers/${peer}/ping`).catch(() => undefined)
      await sleep(1_000)
    }
    await page.getByText(/^connected for/).waitFor()
    await page.screenshot({ path: file })
    expect(offences).toEqual([])
  })
})

/** A quiet network that is busy for a minute. */
function delayAt(second: number): number {
  const wave = 3 * Math.sin(second / 9) + 2 * Math.sin(second / 2.3)
  const busy = 55 * Math.exp(-(((second - 152) / 14) ** 2))
  return 12 + wave + busy * (1 + 0.4 * Math.sin(second))
}
