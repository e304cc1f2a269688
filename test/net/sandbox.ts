// Network and mount namespaces of the tests' own, in which they may do as they like: nothing outside sees their traffic, their rules, their
// files or the names of their machines, and all of it is gone with the last process inside, however that ends.
import { spawn } from 'node:child_process'

/** Root has the rights already; to others a user namespace gives them, where the system allows that. */
const unshare = [...(process.getuid?.() === 0 ? [] : ['--map-root-user']), '--net', '--mount']

/** `ip netns` keeps its names below /run, and the nodes have their folders there. */
const setUp = 'mount -t tmpfs none /run'

/** What the scenarios do, in small. */
const rehearsal = `${setUp} &&
  ip netns add probe &&
  ip link add one netns probe type veth peer name two netns probe &&
  nsenter --net=/run/netns/probe nft 'add table inet probe; add chain inet probe arriving;
    add rule inet probe arriving numgen random mod 100 < 20 drop; add rule inet probe arriving tcp sport 1 reject with tcp reset'`

/** Why scenarios cannot run here, on one line; undefined if they can. */
export async function whyNoSandbox(): Promise<string | undefined> {
  if (process.platform !== 'linux') return `they need Linux, and this is ${process.platform}`
  const { code, errors } = await new Promise<{ code: number; errors: string }>((resolve) => {
    const child = spawn('unshare', [...unshare, 'sh', '-c', rehearsal], { stdio: ['ignore', 'ignore', 'pipe'] })
    let text = ''
    child.stderr.on('data', (chunk) => (text += String(chunk)))
    child.once('error', (error) => resolve({ code: 1, errors: error.message }))
    child.once('close', (status) => resolve({ code: status ?? 1, errors: text }))
  })
  if (code === 0) return undefined
  const said = errors.trim().split('\n', 1)[0] || `unshare ended with ${code}`
  return `they need root or user namespaces, util-linux, iproute2 and nftables (${said})`
}

/** Runs a program of this folder in namespaces of its own, and answers its exit code. It ends when this process does. */
export function runSandboxed(program: string, args: readonly string[]): Promise<number> {
  const command = ['sh', '-c', `${setUp} && exec "$0" "$@"`, process.execPath, program, ...args]
  const child = spawn('unshare', [...unshare, ...command], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  return new Promise((resolve) => {
    child.once('error', () => resolve(1))
    child.once('close', (code) => resolve(code ?? 1))
  })
}
