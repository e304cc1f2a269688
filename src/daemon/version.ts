import { readFileSync } from 'node:fs'

/** Each answer of the API says by it of which version the daemon is. */
export const VERSION_HEADER = 'holdfast-version'

/** The version of the package that this is. */
export function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
