import { styleText } from 'node:util'
import type { Command } from 'commander'
import type { PeerView } from '../daemon/contract/peer.ts'
import { shortPeerId } from '../identity/peer-id.ts'
import type { PeerRecord } from '../store/store.ts'
import { peerSentence } from '../words/peer-sentence.ts'
import { findDaemon } from './find-daemon.ts'
import { withHelp } from './help.ts'
import { type FolderOptions, type JsonOptions, withFolder, withJson } from './options.ts'
import { note, print, printJson, shown } from './output.ts'
import { ago, day } from './time.ts'

interface PeersOptions extends FolderOptions, JsonOptions {
  readonly long?: true
}

/** `holdfast peers`. Needs no hold on the folder, so it works beside a running node. */
export function addPeers(program: Command): void {
  const command = program
    .command('peers')
    .description('list the paired peers')
    .option('--long', 'whole ids and all addresses')
  withHelp(
    withJson(withFolder(command)),
    `
Where a daemon runs it says how each peer is connected; else what is on disk. With --json the last three of id, name,
addresses, pairedAt, lastSeen, state, healthScore and roundTripMs are null without a daemon.

Examples:
  $ holdfast peers
  $ holdfast peers --json | jq -r 'select(.state == "disconnected") | .name'`,
  ).action(peers)
}

/** One peer: what is on disk of it, and what a daemon says. At least one of the two. */
interface Known {
  readonly record: PeerRecord | undefined
  readonly view: PeerView | undefined
}

async function peers({ dir, long, json }: PeersOptions): Promise<void> {
  const { readStore } = await import('../store/sqlite.ts')
  const found = await findDaemon(dir)
  const views = found !== undefined && 'api' in found ? await found.api.peers() : undefined
  const known = joined(readStore(dir)?.peers() ?? [], views)
  if (json) {
    for (const one of known) printJson(forScripts(one))
    return
  }
  if (known.length === 0) {
    note('No peer is paired yet; run `holdfast ticket` on one machine and `holdfast pair <ticket>` on the other')
    return
  }
  const { table } = await import('./table.ts')
  const rows = known.map((one) => (views === undefined ? stored(one, long) : living(one, long)))
  for (const line of table(views === undefined ? storedHeading : livingHeading(long), rows)) print(line)
  if (views === undefined && process.stdout.isTTY) {
    note(
      styleText('dim', 'No daemon runs on this folder, so none of them is connected; `holdfast up` starts one', {
        stream: process.stderr,
      }),
    )
  }
}

function joined(records: readonly PeerRecord[], views: readonly PeerView[] | undefined): Known[] {
  if (views === undefined) return records.map((record) => ({ record, view: undefined }))
  const byId = new Map<string, PeerRecord>(records.map((record) => [record.id, record]))
  return views.map((view) => ({ record: byId.get(view.id), view }))
}

const storedHeading = ['NAME', 'ID', 'PAIRED', 'LAST SEEN', 'ADDRESSES']

function stored({ record }: Known, long: true | undefined): string[] {
  if (record === undefined) return []
  const { id, name, pairedAtMs, lastSeenMs, addresses } = record
  return [shown(name), idOf(id, long), day(pairedAtMs), ago(lastSeenMs, Date.now()), some(addresses, long)]
}

const livingHeading = (long: true | undefined): string[] => [
  'NAME',
  'ID',
  'HEALTH',
  'STATE',
  ...(long ? ['ADDRESSES'] : []),
]

function living({ view }: Known, long: true | undefined): string[] {
  if (view === undefined) return []
  const { id, name, health, addresses } = view
  return [
    shown(name),
    idOf(id, long),
    health.score === null ? '–' : String(Math.round(health.score)),
    shown(peerSentence(view, Date.now())),
    ...(long
      ? [
          some(
            addresses.map(({ address }) => address),
            long,
          ),
        ]
      : []),
  ]
}

function forScripts({ record, view }: Known): object {
  const time = (ms: number | null | undefined): string | null =>
    ms === undefined || ms === null ? null : new Date(ms).toISOString()
  return {
    id: view?.id ?? record?.id,
    name: view?.name ?? record?.name,
    addresses: view?.addresses.map(({ address }) => address) ?? record?.addresses,
    pairedAt: time(record?.pairedAtMs),
    lastSeen: time(view === undefined ? record?.lastSeenMs : view.lastSeenMs),
    state: view?.state.kind ?? null,
    healthScore: view?.health.score ?? null,
    roundTripMs: view?.health.roundTripMs ?? null,
  }
}

const idOf = (id: string, long: true | undefined): string => (long ? id : shortPeerId(id))

function some(addresses: readonly string[], long: true | undefined): string {
  const [first = '–', ...others] = addresses
  if (long) return addresses.join(' ') || first
  return others.length === 0 ? first : `${first} and ${others.length} more`
}
