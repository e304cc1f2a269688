import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { nowMs } from '../clock.ts'
import type { Stage } from '../scenarios/scenario.ts'
import type { Duo } from './duo.ts'
import type { HolderName, HolderOptions } from './holder.ts'
import { PathProxy } from './path-proxy.ts'

/** Of the package nftables; `canFilter` says whether it is there. */
const FILTER = 'nft'

/** A black hole for one pair: bytes vanish in both directions, and nobody is told. */
export interface Hole {
  /** Answer with the time at which it began, and began to end, by `nowMs`. */
  dig(): Promise<number>
  fill(): Promise<number>
  close(): void
}

/** Connects a pair through which a hole can be dug: of dropped packets where `nft` works, else of a proxy that stops. */
export async function connectOverHole(
  duo: Duo,
  stage: Stage,
  pair: string,
  name: HolderName,
  options: HolderOptions,
): Promise<Hole> {
  if (stage.canDrop) return packetHole(await duo.connect(pair, name, options))
  const proxy = new PathProxy({ delayMs: 0, bytesPerSecond: Infinity })
  await duo.connect(pair, name, options, [proxy])
  return proxyHole(proxy)
}

function proxyHole(proxy: PathProxy): Hole {
  const at = (work: () => void) => async (): Promise<number> => {
    const atMs = nowMs()
    work()
    return atMs
  }
  return { dig: at(() => proxy.silence()), fill: at(() => proxy.heal()), close: () => proxy.close() }
}

function packetHole(port: number): Hole {
  const change = async (verb: 'add' | 'delete'): Promise<number> => {
    const atMs = nowMs()
    await nft(`${verb} element inet holdfast-bench silent { ${port} }`)
    return atMs
  }
  return { dig: () => change('add'), fill: () => change('delete'), close: () => {} }
}

/** Before the first hole: what is sent to or from a port of the set is dropped on arrival, which the sender cannot see. */
export async function prepareHoles(stage: Stage): Promise<void> {
  if (!stage.canDrop) return
  await nft(`add set inet holdfast-bench silent { type inet_service; }
add chain inet holdfast-bench arriving { type filter hook input priority 0; }
add rule inet holdfast-bench arriving tcp dport @silent drop
add rule inet holdfast-bench arriving tcp sport @silent drop`)
}

/** From now on, so many of a hundred packets that arrive vanish. Only where `nft` works. */
export function loseAtRandom(percent: number): Promise<void> {
  return nft(`add chain inet holdfast-bench noise { type filter hook input priority 1; }
add rule inet holdfast-bench noise numgen random mod 100 < ${percent} drop`)
}

async function nft(commands: string): Promise<void> {
  const child = spawn(FILTER, ['-f', '-'], { stdio: ['pipe', 'ignore', 'inherit'] })
  child.stdin.end(`${commands}\n`)
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`nft refused "${commands}"`)
}
