// A network of one's own: a Linux network namespace with nothing in it but loopback. What is dropped or counted there
// touches nobody else, and all of it is gone with its last process.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

/** Of util-linux. */
const UNSHARE = 'unshare'
const INSIDE_VARIABLE = 'HOLDFAST_BENCH_NAMESPACE'
/** Root needs no more than the first; others get root's rights in a namespace of users, where the system allows that. */
const WAYS: readonly (readonly string[])[] = [['--net'], ['--user', '--map-root-user', '--net']]

/** This process runs in a namespace that `runInNamespace` has made. */
export function isInNamespace(): boolean {
  return process.env[INSIDE_VARIABLE] !== undefined
}

/**
 * Runs this very command again, in a network of its own, and answers with its exit code; undefined where the system
 * does not allow that. With `machines` it may make further namespaces there.
 */
export async function runInNamespace(machines = false): Promise<number | undefined> {
  const way = WAYS.find((options) => succeeds(UNSHARE, [...options, '--', 'ip', 'link', 'set', 'lo', 'up']))
  if (way === undefined) return undefined
  const itself = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  // `ip netns` keeps its names below /run.
  const command = machines ? ['sh', '-c', 'mount -t tmpfs none /run && exec "$0" "$@"', ...itself] : itself
  const child = spawn(UNSHARE, [...way, ...(machines ? ['--mount'] : []), '--', ...command], {
    // The channel tells the other process if this one is killed.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [INSIDE_VARIABLE]: '1' },
  })
  passOn(child)
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

function passOn(child: ChildProcess): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
}

/** To be called first in the namespace: a new one has its loopback switched off. */
export function prepareNamespace(): void {
  if (!succeeds('ip', ['link', 'set', 'lo', 'up'])) throw new Error('cannot switch on loopback in the new namespace')
  process.on('disconnect', () => process.exit(1))
  process.channel?.unref()
}

/** The kernel and the system have `nft`, and it may be used. */
export function canFilter(): boolean {
  return succeeds('nft', ['add', 'table', 'inet', 'holdfast-bench'])
}

function succeeds(command: string, parameters: readonly string[]): boolean {
  return spawnSync(command, parameters, { stdio: 'ignore' }).status === 0
}
