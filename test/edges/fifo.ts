// Pipes of the kernel, as a shell makes them. What Node calls a pipe between processes is a pair of sockets, which ends and breaks otherwise.
import { spawnSync } from 'node:child_process'
import { closeSync, constants, openSync, unlinkSync } from 'node:fs'
import { Socket } from 'node:net'

/** As much stands in a pipe that nobody reads (pipe(7)). */
export const pipeBytesMax = 65_536

export interface Fifo {
  /** The end for a command: handed to it as standard input or output, then closed here. */
  readonly fd: number
  /** The other end. */
  readonly socket: Socket
}

/** A pipe to read from, whose other end is for a command's standard output. */
export function readableFifo(path: string): Fifo {
  make(path)
  // Opened without waiting, which is a property of this end alone.
  const ours = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const fd = openSync(path, constants.O_WRONLY)
  unlinkSync(path)
  return { fd, socket: new Socket({ fd: ours, readable: true, writable: false }) }
}

/** A pipe to write to, whose other end is for a command's standard input. */
export function writableFifo(path: string): Fifo {
  make(path)
  const first = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const ours = openSync(path, constants.O_WRONLY)
  const fd = openSync(path, constants.O_RDONLY)
  closeSync(first)
  unlinkSync(path)
  return { fd, socket: new Socket({ fd: ours, readable: false, writable: true }) }
}

function make(path: string): void {
  const { status, stderr, error } = spawnSync('mkfifo', [path], { encoding: 'utf8' })
  if (status !== 0) throw error ?? new Error(`mkfifo ${path} failed: ${stderr}`)
}
