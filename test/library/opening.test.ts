import { statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { open } from '../../src/index.ts'
import { Workbench } from './nodes.ts'

/** SQLite's write-ahead log (https://www.sqlite.org/walformat.html): a header, and for each page that was written a frame. */
const WAL_HEADER_BYTES = 32
const WAL_FRAME_BYTES = 24 + 4096

let bench = new Workbench()
afterEach(async () => {
  await bench.dispose()
  bench = new Workbench()
})

it('open() of a known folder writes the new start to the disk and nothing else, on the port that it had', async () => {
  const dir = await bench.folder()
  const options = { dir, discovery: { mdns: false } }
  const first = await open(options)
  const port = portOf(first)
  await first.close()
  await using again = await open(options)
  expect(portOf(again)).toBe(port)
  expect(statSync(join(dir, 'holdfast.db-wal')).size).toBe(WAL_HEADER_BYTES + WAL_FRAME_BYTES)
})

function portOf({ listening }: { readonly listening: readonly string[] }): string | undefined {
  return /:(\d+)$/.exec(listening[0] ?? '')?.[1]
}
