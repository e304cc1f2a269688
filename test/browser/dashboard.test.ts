// The dashboard in a real browser, served by real daemons.
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Command } from '../e2e/command.ts'
import { ask } from './ask.ts'
import { chromiumPath, launchChromium } from './chromium.ts'
import { sidewaysPixels, textsWithoutContrast } from './page-checks.ts'
import { TwoDaemons } from './two-daemons.ts'
import { type Visit, visit } from './visit.ts'

describe.skipIf(chromiumPath === undefined)('the dashboard', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launchChromium()
  })

  afterEach(() => Command.endAll())

  afterAll(() => browser.close())

  test('pairs by ticket, shows a loss with its reason, pauses, renames and unpairs', async () => {
    await using daemons = await TwoDaemons.open()
    const left = await visit(browser, daemons.left.dashboardUrl)
    const right = await visit(browser, daemons.right.dashboardUrl)
    await pairByTicket(left.page, right.page)
    await left.page.getByText(/^connected for \d+ s on this machine/).waitFor()

    daemons.network.cut()
    await left.page.getByText(/^lost \d+ s ago: the connection failed on the way;.*(next try in|trying now)/).waitFor()
    await left.page.getByText(/^away for/).waitFor()
    daemons.network.mend()
    await left.page.getByText(/^back after/).waitFor()
    await left.page.getByText(/^connected for/).waitFor()
    expect(await left.page.getByRole('img', { name: /^Round trip: .*1 loss$/ }).count()).toBe(1)

    await left.page.getByRole('button', { name: 'Pause' }).click()
    await left.page.getByText(/^paused here \d+ s ago/).waitFor()
    await left.page.getByRole('button', { name: 'Resume' }).click()
    await left.page.getByText(/^connected for/).waitFor()

    await left.page.getByRole('button', { name: 'Rename …' }).click()
    // Names are counted in bytes: these are 34 characters of JavaScript, and too long.
    await left.page.getByRole('textbox').fill('🦊'.repeat(17))
    await left.page.getByText('it has 68 bytes of UTF-8, and a name at most 64; shorten it').waitFor()
    expect(await left.page.getByRole('button', { name: 'Rename', exact: true }).isDisabled()).toBe(true)
    await left.page.getByRole('textbox').fill('the attic')
    await left.page.getByRole('button', { name: 'Rename', exact: true }).click()
    await left.page.getByRole('heading', { name: 'the attic' }).waitFor()

    await left.page.getByRole('button', { name: 'Unpair …' }).click()
    await left.page.getByRole('dialog', { name: 'Unpair the attic?' }).waitFor()
    await left.page.getByRole('button', { name: 'Cancel' }).click()
    await left.page.getByRole('heading', { name: 'the attic' }).waitFor()
    await left.page.getByRole('button', { name: 'Unpair …' }).click()
    await left.page.getByRole('button', { name: 'Unpair', exact: true }).click()
    await left.page.getByText('This node knows nobody yet.').waitFor()
    await right.page.getByRole('link', { name: 'Peers' }).click()
    await right.page.getByText(/^refuses this node: /).waitFor()
    await right.page.getByRole('link', { name: 'Events' }).click()
    await right.page.getByText(/^workshop is blocked \(not-paired\)/).waitFor()
    await finish(left, right)
  })

  test('pairs by code, and sends a message when an outage ends', async () => {
    await using daemons = await TwoDaemons.open()
    const left = await visit(browser, daemons.left.dashboardUrl)
    const right = await visit(browser, daemons.right.dashboardUrl)
    await ask(daemons.right, 'POST', 'pairing-window')
    const { id } = (await ask(daemons.right, 'GET', 'status')) as { id: string }
    // Without multicast, since this machine's other networks are none of the test's business.
    await ask(daemons.left, 'POST', `nearby/${id}/pair`, { addresses: [daemons.network.address] })
    await right.page.getByRole('dialog', { name: 'workshop wants to pair' }).waitFor()
    await left.page.getByRole('dialog', { name: 'Pairing with attic' }).waitFor()
    const [leftCode, rightCode] = await Promise.all(
      [left, right].map(({ page }) => page.locator('.digits').textContent()),
    )
    expect(leftCode).toMatch(/^\d{6}$/)
    expect(rightCode).toBe(leftCode)
    // A stray Escape decides nothing.
    await right.page.keyboard.press('Escape')
    await right.page.getByRole('button', { name: 'Yes, they are the same' }).click()
    await right.page.getByText('Waiting for the person at workshop').waitFor()
    await left.page.getByRole('button', { name: 'Yes, they are the same' }).click()
    for (const { page } of [left, right]) await page.getByRole('dialog').waitFor({ state: 'detached' })
    await right.page.getByRole('link', { name: 'workshop' }).waitFor()

    await left.page.getByRole('link', { name: 'attic' }).click()
    await left.page.getByText(/^connected for/).waitFor()
    daemons.network.cut()
    await left.page.getByText(/^lost/).waitFor()
    await left.page.getByRole('link', { name: 'Chat' }).click()
    await left.page.getByLabel('Message', { exact: true }).fill('Is anybody there?')
    await left.page.getByRole('button', { name: 'Send' }).click()
    await left.page.getByText(/while not connected, waiting/).waitFor()
    daemons.network.mend()
    await left.page.getByText(/delivered/).waitFor()
    await right.page.getByRole('link', { name: 'workshop' }).click()
    await right.page.getByRole('link', { name: 'Chat' }).click()
    await right.page.getByText('Is anybody there?').waitFor()

    // An answer that is lost on its way is no reason to write twice.
    await left.page.route(
      '**/api/v1/chat/messages',
      async (route) => {
        await route.fetch()
        await route.abort()
      },
      { times: 1 },
    )
    await left.page.getByLabel('Message', { exact: true }).fill('Just once')
    await left.page.getByRole('button', { name: 'Send' }).click()
    await left.page.getByText('The daemon does not answer').first().waitFor()
    await left.page.getByRole('button', { name: 'Send' }).click()
    await expect.poll(() => left.page.getByLabel('Message', { exact: true }).inputValue()).toBe('')
    expect(await left.page.locator('.message-text', { hasText: 'Just once' }).count()).toBe(1)
    await finish(left, right)
  })

  test('asks for the token that it lacks, and again when it is wrong', async () => {
    await using daemons = await TwoDaemons.open()
    const tab = await visit(browser, daemons.left.url)
    await tab.page.getByRole('heading', { name: 'This page needs the token of the daemon' }).waitFor()
    await tab.page.getByText('holdfast dashboard').waitFor()
    await tab.page.getByLabel(/paste the token/).fill('not-the-token')
    await tab.page.getByRole('button', { name: 'Open' }).click()
    await tab.page.getByRole('heading', { name: 'The daemon does not know this token' }).waitFor()
    await tab.page.getByLabel(/paste the token/).fill(daemons.left.token)
    await tab.page.getByRole('button', { name: 'Open' }).click()
    await tab.page.getByText('This node knows nobody yet.').waitFor()
    // It stays with this tab, and out of its address.
    await tab.page.reload()
    await tab.page.getByText('This node knows nobody yet.').waitFor()
    expect(tab.page.url()).not.toContain(daemons.left.token)
    await finish(tab)
  })

  test('says that it is cut off when the daemon is killed, and is live again after a restart', async () => {
    await using daemons = await TwoDaemons.open()
    const left = await visit(browser, daemons.left.dashboardUrl)
    const right = await visit(browser, daemons.right.dashboardUrl)
    await pairByTicket(left.page, right.page)
    await left.page.getByText(/^connected for/).waitFor()

    await daemons.left.kill()
    await left.page
      .getByRole('alert')
      .getByText(/^Cut off from the daemon since .*\. What you see is from/)
      .waitFor()
    await left.page
      .getByText(/^Trying again/)
      .first()
      .waitFor()
    expect(await left.page.getByRole('button', { name: 'Pause' }).isDisabled()).toBe(true)
    const frozen = await left.page.getByText(/^connected for/).textContent()

    await daemons.restartLeft()
    await left.page.getByRole('button', { name: 'Try now' }).click()
    await left.page.getByText('The daemon was started anew').waitFor()
    await left.page.getByText('live', { exact: true }).waitFor()
    await left.page.getByText(/^connected for/).waitFor()
    expect(frozen).toMatch(/^connected for/)
    await finish(left, right)
  })

  test('loads itself anew for a daemon of another version, once', async () => {
    await using daemons = await TwoDaemons.open()
    const tab = await visit(browser, 'about:blank')
    let reads = 0
    await tab.page.route('**/api/v1/status', async (route) => {
      reads++
      const response = await route.fetch()
      await route.fulfill({ response, json: { ...((await response.json()) as object), version: '99.0.0' } })
    })
    await tab.page.goto(daemons.left.dashboardUrl)
    await tab.page.getByRole('heading', { name: 'This is a dashboard of another version' }).waitFor()
    expect(reads).toBe(2)
    await tab.close()
  })

  test('is used by keyboard alone', async () => {
    await using daemons = await TwoDaemons.open()
    const left = await visit(browser, daemons.left.dashboardUrl)
    const right = await visit(browser, daemons.right.dashboardUrl)
    await pairByTicket(left.page, right.page)
    const { page } = left
    await page.goto(`${daemons.left.url}/#/`)
    await page.reload()
    await page.getByRole('link', { name: 'attic' }).waitFor()
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('Pair a machine')
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('attic')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'attic' }).waitFor()
    // The focus is at the top of the new page: the way back, then what can be done.
    const walk: string[] = []
    for (let step = 0; step < 7; step++) {
      await page.keyboard.press('Tab')
      walk.push(await focused(page))
    }
    expect(walk).toEqual(['Peers', 'Ping', 'Pause', 'Chat', 'Rename …', 'Block …', 'Unpair …'])
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Unpair attic?' }).waitFor()
    expect(await focused(page)).toBe('Cancel')
    // The focus does not leave the dialog for the page behind.
    for (let step = 0; step < 4; step++) {
      await page.keyboard.press('Tab')
      expect(['Cancel', 'Unpair', 'the browser']).toContain(await focused(page))
    }
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect.poll(() => focused(page)).toBe('Unpair …')
    await finish(left, right)
  })

  test('fits a phone, in light and dark, and shows hostile names as text', async () => {
    const hostile = `<img src=x onerror=alert(1)>מחשב${'long'.repeat(6)}`
    await using daemons = await TwoDaemons.open({ left: 'workshop', right: hostile })
    const left = await visit(browser, daemons.left.dashboardUrl)
    const right = await visit(browser, daemons.right.dashboardUrl)
    await pairByTicket(left.page, right.page)
    for (const colorScheme of ['light', 'dark'] as const) {
      const phone = await visit(browser, daemons.left.dashboardUrl, {
        viewport: { width: 360, height: 740 },
        colorScheme,
      })
      for (const name of ['Events', 'Pair', 'Peers']) {
        await phone.page.getByRole('link', { name, exact: true }).click()
        await looksRight(phone.page)
      }
      await phone.page.getByRole('link', { name: /onerror/ }).click()
      await phone.page.getByRole('heading', { name: /onerror/ }).waitFor()
      await looksRight(phone.page)
      await phone.page.getByRole('button', { name: 'Unpair …' }).click()
      await looksRight(phone.page)
      await finish(phone)
    }
    expect(await left.page.locator('main img').count()).toBe(0)
    await finish(left, right)
  })
})

/** The one at the right invites, the one at the left takes the ticket; ends on the page of the new peer. */
async function pairByTicket(left: Page, right: Page): Promise<void> {
  await right.getByRole('link', { name: 'Pair', exact: true }).click()
  await right.getByRole('button', { name: 'Make a ticket' }).click()
  const ticket = await right.locator('.ticket .mono').textContent()
  await right.getByRole('img', { name: 'The ticket as a QR code' }).waitFor()
  await left.getByRole('link', { name: 'Pair', exact: true }).click()
  await left.getByLabel('The ticket that the other machine made').fill(ticket ?? '')
  await left.getByRole('button', { name: 'Pair', exact: true }).click()
  await left.getByText(/^Paired with/).waitFor()
}

/** What has the focus, by its text. */
function focused(page: Page): Promise<string> {
  return page.evaluate(
    "document.activeElement === document.body ? 'the browser' : document.activeElement.innerText.trim()",
  )
}

async function looksRight(page: Page): Promise<void> {
  await page.getByText('live', { exact: true }).waitFor()
  expect(await sidewaysPixels(page)).toBe(0)
  expect(await textsWithoutContrast(page)).toEqual([])
}

/** Nothing went wrong behind the scenes. */
async function finish(...visits: Visit[]): Promise<void> {
  for (const { offences, close } of visits) {
    expect(offences).toEqual([])
    await close()
  }
}
