import type { Command } from 'commander'
import type { PeerView } from '../../daemon/contract/peer.ts'
import { peerSentence } from '../../format/peer-sentence.ts'
import { shortPeerId } from '../../identity/peer-id.ts'
import type { PeerRecord } from '../../store/store.ts'
import { findDaemon, isServing, noteVersion } from '../find-daemon.ts'
import { withHelp } from '../help.ts'
import { type FolderOptions, type JsonOptions, withFolder, withJson } from '../options.ts'
import { note, print, printJson, shown, styledNote } from '../terminal/output.ts'
import { ago, day } from '../terminal/time.ts'

interface PeersOptions extends FolderOptions, JsonOptions {
  readonly long?: boolean
}

/** `holdfast peers`. Needs no hold on the folder, so it works beside a running node. */
export function addPeers(program: Command): void {
  const command = program
    .command('peers')
    .description('list the paired peers')
    .option('--long', 'print whole ids and all addresses')
  withHelp(
    withJson(withFolder(command)),
    `
If a daemon runs, the command shows how each peer is connected; otherwise it shows the stored peers. With --json each
peer has id, name, addresses, pairedAt, lastSeen, state, healthScore and roundTripMs; the last three are null without a
daemon.

Examples:
  $ holdfast peers
  $ holdfast peers --json | jq -r 'select(.state == "disconnected") | .name'`,
  ).action(peers)
}

async function peers({ dir, long = false, json }: PeersOptions): Promise<void> {
  const { readStore } = await import('../../store/sqlite.ts')
  const found = await findDaemon(dir)
  const daemon = isServing(found) ? found : undefined
  if (daemon !== undefined) noteVersion(daemon)
  const views = await daemon?.api.peers()
  const records = readStore(dir)?.peers() ?? []
  if (json) return printForScripts(records, views)
  if ((views ?? records).length === 0) {
    note('No peer is paired yet; run `holdfast ticket` on one machine and `holdfast pair <ticket>` on the other')
    return
  }
  const { table } = await import('../terminal/table.ts')
  const lines = views === undefined ? table(...stored(records, long)) : table(...living(views, long))
  for (const line of lines) print(line)
  if (views === undefined && process.stdout.isTTY) {
    note(styledNote('dim', 'No daemon runs on this folder, so none of them is connected; `holdfast up` starts one'))
  }
}

type Table = readonly [heading: readonly string[], rows: readonly (readonly string[])[]]

/** What is on disk. */
function stored(records: readonly PeerRecord[], long: boolean): Table {
  const rows = records.map(({ id, name, pairedAtMs, lastSeenMs, addresses }) => [
    shown(name),
    idOf(id, long),
    day(pairedAtMs),
    ago(lastSeenMs, Date.now()),
    long ? all(addresses) : firstOf(addresses),
  ])
  return [['NAME', 'ID', 'PAIRED', 'LAST SEEN', 'ADDRESSES'], rows]
}

/** What a daemon says. */
function living(views: readonly PeerView[], long: boolean): Table {
  const rows = views.map((view) => {
    const { id, name, health, addresses } = view
    const score = health.score === null ? '–' : String(Math.round(health.score))
    const row = [shown(name), idOf(id, long), score, shown(peerSentence(view, Date.now()))]
    return long ? [...row, all(addresses.map(({ address }) => address))] : row
  })
  return [['NAME', 'ID', 'HEALTH', 'STATE', ...(long ? ['ADDRESSES'] : [])], rows]
}

/** A daemon says who there is, also of those that are not on disk. */
function printForScripts(records: readonly PeerRecord[], views: readonly PeerView[] | undefined): void {
  const byId = new Map<string, PeerRecord>(records.map((record) => [record.id, record]))
  for (const { id } of views ?? records)
    printJson(
      forScripts(
        byId.get(id),
        views?.find((view) => view.id === id),
      ),
    )
}

function forScripts(record: PeerRecord | undefined, view: PeerView | undefined): object {
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

const idOf = (id: string, long: boolean): string => (long ? id : shortPeerId(id))

const all = (addresses: readonly string[]): string => addresses.join(' ') || '–'

function firstOf([first = '–', ...others]: readonly string[]): string {
  return others.length === 0 ? first : `${first} and ${others.length} more`
}
