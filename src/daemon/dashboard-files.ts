import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file of the dashboard, ready to be sent. */
export interface DashboardFile {
  readonly body: Uint8Array<ArrayBuffer>
  readonly headers: Readonly<Record<string, string>>
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** The page runs nothing but its own files, speaks to nobody but this daemon, and is shown in no other page. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

const security = {
  'Content-Security-Policy': policy,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

/** Where `npm run build` puts the dashboard: beside this file in the package, in `dist` of a checkout that runs unbuilt. */
const isUnbuilt = import.meta.filename.endsWith('.ts')
const dashboardFolder = fileURLToPath(new URL(isUnbuilt ? '../../dist/web/' : '../web/', import.meta.url))

/**
 * The files of the dashboard by the paths under which they are served; undefined if it was not built. Only what is read here is ever served, so no path leads out of
 * the folder. The names of assets change with what is in them, so browsers may keep them for good; the page itself is asked for each time.
 */
export function readDashboard(folder: string = dashboardFolder): ReadonlyMap<string, DashboardFile> | undefined {
  try {
    const files = new Map([['/', fileOf(join(folder, 'index.html'), 'no-store')]])
    for (const name of readdirSync(join(folder, 'assets'))) {
      files.set(`/assets/${name}`, fileOf(join(folder, 'assets', name), 'public, max-age=31536000, immutable'))
    }
    return files
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function fileOf(path: string, caching: string): DashboardFile {
  const type = types[extname(path)] ?? 'application/octet-stream'
  return {
    body: new Uint8Array(readFileSync(path)),
    headers: { ...security, 'Content-Type': type, 'Cache-Control': caching },
  }
}

/** What stands in place of the dashboard in a checkout that has not built it. */
export const notBuilt: DashboardFile = {
  body: new TextEncoder().encode(
    'The dashboard was not built yet. Run `npm run build` in the checkout, then load this page anew.\n',
  ),
  headers: { ...security, 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' },
}
