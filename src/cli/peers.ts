import type { Command } from 'commander'
import { shortPeerId } from '../identity/peer-id.ts'
import type { PeerRecord } from '../store/store.ts'
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
  withJson(withFolder(command)).action(peers)
}

async function peers({ dir, long, json }: PeersOptions): Promise<void> {
  const { readStore } = await import('../store/sqlite.ts')
  const records = readStore(dir)?.peers() ?? []
  if (json) {
    for (const record of records) printJson(forScripts(record))
    return
  }
  if (records.length === 0) {
    note('No peer is paired yet; run `holdfast ticket` on one machine and `holdfast pair <ticket>` on the other')
    return
  }
  const { table } = await import('./table.ts')
  const nowMs = Date.now()
  const rows = records.map((record) => [
    shown(record.name),
    long ? record.id : shortPeerId(record.id),
    day(record.pairedAtMs),
    ago(record.lastSeenMs, nowMs),
    addresses(record, long ?? false),
  ])
  for (const line of table(['NAME', 'ID', 'PAIRED', 'LAST SEEN', 'ADDRESSES'], rows)) print(line)
}

function forScripts({ id, name, addresses, pairedAtMs, lastSeenMs }: PeerRecord): object {
  const time = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString())
  return { id, name, addresses, pairedAt: time(pairedAtMs), lastSeen: time(lastSeenMs) }
}

function addresses({ addresses }: PeerRecord, long: boolean): string {
  const [first = '–', ...others] = addresses
  if (long) return addresses.join(' ') || first
  return others.length === 0 ? first : `${first} and ${others.length} more`
}
