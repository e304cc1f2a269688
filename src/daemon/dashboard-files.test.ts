import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { readDashboard } from './dashboard-files.ts'

const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function built(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-dashboard-'))
  folders.push(folder)
  mkdirSync(join(folder, 'assets'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

test('the page and its assets are served, and nothing else of the folder', () => {
  const files = readDashboard(
    built({ 'index.html': '<p>', 'assets/a-1.js': '1', 'assets/b-2.css': '2', 'secret.txt': '3' }),
  )
  expect([...(files?.keys() ?? [])].toSorted()).toEqual(['/', '/assets/a-1.js', '/assets/b-2.css'])
  expect(files?.get('/assets/a-1.js')?.headers).toMatchObject({
    'Content-Type': 'text/javascript; charset=utf-8',
    'Cache-Control': 'public, max-age=31536000, immutable',
    'X-Content-Type-Options': 'nosniff',
  })
})

test('the page is asked for anew each time, allows nothing inline and is framed by nobody', () => {
  const headers = readDashboard(built({ 'index.html': '<p>' }))?.get('/')?.headers
  expect(headers?.['Cache-Control']).toBe('no-store')
  expect(headers?.['Content-Security-Policy']).toMatch(/^default-src 'none'; .*frame-ancestors 'none'/)
  expect(headers?.['Content-Security-Policy']).not.toMatch(/unsafe|data:|https?:|\*/)
})

test('without a build there is no dashboard', () => {
  expect(readDashboard(join(tmpdir(), 'holdfast-there-is-no-such-folder'))).toBeUndefined()
})
