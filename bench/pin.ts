import { execFile } from 'node:child_process'
import { cpus } from 'node:os'

/**
 * Gives a process that was just started a core of its own: the server one, the client another. Left alone, the scheduler puts two processes that
 * talk in turns on one core in some rounds and on two in others, and a round trip takes 20 µs or 100 µs accordingly; which it is says nothing
 * about the contestant. Where `taskset` is missing, or there is one core, nothing is done.
 */
export function pin(pid: number | undefined, role: string | undefined): void {
  if (pid === undefined || cpus().length < 2) return
  execFile(
    'taskset',
    ['--all-tasks', '--cpu-list', '--pid', role === 'server' ? '0' : '1', String(pid)],
    () => undefined,
  )
}
