import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Names the folder of a run to its processes; main makes it and removes it. */
export const FOLDER_VARIABLE = 'HOLDFAST_BENCH_DIR'

/** A new folder in the run's own; in the system's if somebody starts a child by hand. */
export function makeFolder(): Promise<string> {
  return mkdtemp(join(process.env[FOLDER_VARIABLE] ?? tmpdir(), 'node-'))
}
