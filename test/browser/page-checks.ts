// What is asked of every page: enough contrast, and no need to scroll sideways. Run inside the page, so they are written as text.
import type { Page } from 'playwright-core'

/** WCAG 2.2, 1.4.3: 4.5 for text, 3 for large text. Answers each text that has less, with its ratio. */
export function textsWithoutContrast(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const channels = (colour) => colour.match(/[\\d.]+/g).map(Number)
    const over = (top, below) => {
      const alpha = top[3] ?? 1
      return [0, 1, 2].map((index) => top[index] * alpha + below[index] * (1 - alpha))
    }
    const linear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4)
    const luminance = ([red, green, blue]) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    const background = (element) => {
      if (element === null) return [255, 255, 255]
      const own = channels(getComputedStyle(element).backgroundColor)
      return own[3] === 0 ? background(element.parentElement) : over(own, own[3] === undefined ? own : background(element.parentElement))
    }
    const failures = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement
      const text = walker.currentNode.textContent.trim()
      if (text === '' || !element.checkVisibility() || element.closest('noscript, .unseen, .skip, :disabled') !== null) continue
      const style = getComputedStyle(element)
      const behind = background(element)
      const [a, b] = [luminance(over(channels(style.color), behind)), luminance(behind)]
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
      const size = parseFloat(style.fontSize)
      const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700)
      if (ratio < (isLarge ? 3 : 4.5)) failures.push(text.slice(0, 40) + ': ' + ratio.toFixed(2))
    }
    return failures
  })()`)
}

/** By how many pixels the page is wider than the window. */
export function sidewaysPixels(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
}
