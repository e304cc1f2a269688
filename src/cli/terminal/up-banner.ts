// What a person sees when the daemon has started.
import type { DaemonConfig } from '../../daemon/config/schema.ts'
import type { Served } from '../../daemon/serve.ts'
import { version } from '../../daemon/version.ts'
import type { Node } from '../../node/api.ts'
import { shown, styled } from './output.ts'

/** Several lines; with the token of the dashboard, so for a terminal alone. */
export function banner(node: Node, { dir }: DaemonConfig, served: Served | undefined): string {
  const rows = [
    ['name', shown(node.name)],
    ['id', node.id],
    ['folder', dir],
    ['listening', node.listening.join('  ') || 'nowhere, it only dials'],
    ['dashboard', served === undefined ? 'not served' : `${served.url}/#token=${served.token}`],
    ['peers', peersLine(node)],
  ] as const
  const lines = rows.map(([word, value]) => `  ${styled('dim', word.padEnd(11))}${value}`)
  return [`${styled('bold', 'holdfast')} ${version()}`, ...lines, styled('dim', '  Ctrl-C stops it'), ''].join('\n')
}

function peersLine(node: Node): string {
  const names = node.peers().map(({ name }) => shown(name))
  if (names.length === 0) return 'none yet: `holdfast ticket` invites one, `holdfast pair` takes an invitation'
  const first = names.slice(0, 8).join(', ')
  return names.length > 8 ? `${first} and ${names.length - 8} more` : first
}
