import { closeSync, createWriteStream, fstatSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { devNull } from 'node:os'
import type { Writable } from 'node:stream'
import { isatty } from 'node:tty'

const standardOutput = 1

/**
 * Standard output as a stream that can be ended, which `process.stdout` cannot: when this one is destroyed, whoever reads it sees
 * the end. Call it once, and do not touch `process.stdout` beside it.
 */
export function openStandardOutput(): Writable {
  // Nobody waits for the end of a terminal or of a file.
  if (isatty(standardOutput)) return process.stdout
  const stats = fstatSync(standardOutput)
  if (!stats.isFIFO() && !stats.isSocket()) return createWriteStream('', { fd: standardOutput, autoClose: false })
  // Writing to it does not block, so that a slow reader does not keep the node from answering its peers.
  return new Socket({ fd: standardOutput, readable: false, writable: true }).once('close', closeStandardOutput)
}

/** Node keeps the descriptor open. Something harmless takes its number, since Node would not close a connection that got it either. */
function closeStandardOutput(): void {
  closeSync(standardOutput)
  openSync(devNull, 'w')
}
