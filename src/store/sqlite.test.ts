import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeStore } from '../../test/conformance/store.ts'
import { openSqliteStore } from './sqlite.ts'

describeStore('sqlite', () => {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-store-'))
  return { open: () => openSqliteStore(dir), dispose: () => rmSync(dir, { recursive: true, force: true }) }
})
