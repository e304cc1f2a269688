// What a person sees when the daemon has started.
import { styleText } from 'node:util'
import type { DaemonConfig } from '../daemon/config/schema.ts'
import type { Served } from '../daemon/serve.ts'
import { version } from '../daemon/version.ts'
import type { Node } from '../node/api.ts'
import { shown } from './output.ts'

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
  const lines = rows.map(([word, value]) => `  ${dim(word.padEnd(11))}${value}`)
  return [`${bold('holdfast')} ${version()}`, ...lines, dim('  Ctrl-C stops it'), ''].join('\n')
}

function peersLine(node: Node): string {
  const names = node.peers().map(({ name }) => shown(name))
  if (names.length === 0) return 'none yet: `holdfast ticket` invites one, `holdfast pair` takes an invitation'
  const first = names.slice(0, 8).join(', ')
  return names.length > 8 ? `${first} and ${names.length - 8} more` : first
}

const dim = (text: string): string => styleText('dim', text, { stream: process.stdout })
const bold = (text: string): string => styleText('bold', text, { stream: process.stdout })
