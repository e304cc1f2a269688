import { setTimeout as sleep } from 'node:timers/promises'
import { remoteOf } from '../rpc.ts'
import { type Stage, scenario } from '../scenarios/scenario.ts'
import { type AttackName, attackNames } from './attacks.ts'
import type { StrangersHost } from './strangers-host.ts'

const CALL_LIMIT_MS = 120_000
/** Before anything is measured, so that code is compiled. */
const WARM_UP_MS = 1_000

/** What was seen while an attack went on. */
interface Measured {
  readonly loopLateMsMax: number
  readonly echoMsP99: number
  readonly echoMsMax: number
  /** Longest of all. */
  readonly reconnectMs: number
  /** The same from addresses that no peer came from before. */
  readonly reconnectElsewhereMs: number
  readonly residentMiB: number
  readonly cpuPercentOfOneCore: number
  readonly connectionsOfTheAttacker: number
}

export const strangers = scenario({
  about: 'Attacks of strangers on the port of a node, beside an honest peer',
  details: `A victim, an honest peer and an attacker, a process each. \`none\` is the same without an attack.
loopLateMsMax         how late the event loop of the victim was at most
echoMsP99, echoMsMax  round trips of 64 bytes on a stream of the honest peer, one every 20 ms
reconnectMs           until a stream of a paired peer that starts anew has brought an echo, the longest of three;
                      10,000: it was given up
reconnectElsewhereMs  the same from addresses that no peer came from before
residentMiB           of the victim's process
The attacks, all at the rate of --kbits at most: \`idle\` opens connections from as many addresses of a /16 and says nothing; \`hello\`
replays a first message of TLS; \`costlyHello\` does so with P-521; \`chain\` shows 77 RSA certificates as a dialer of version 1.0 does, from four
addresses; \`costlyChain\` shows the two that cost the most of those that fit under the cap, from a hundred networks; \`withheld\` begins handshakes from a
/16 and leaves them; \`unfinished\` also shows many small certificates, from a hundred networks, and withholds the end of the handshake.
The figures are no better than the machine is idle: look at \`none\` first.`,
  options: {
    seconds: { value: 8, least: 2, about: 'seconds of each attack' },
    kbits: { value: 10_000, least: 1, about: 'rate of the attacker in kbit/s' },
    connections: { value: 10_000, least: 1, about: 'connections that `idle` holds' },
  },
  async run(options, stage) {
    const results: Record<string, Measured> = {}
    for (const name of ['none', ...attackNames] as const) {
      stage.progress(`strangers: ${name}`)
      results[name] = await measure(name, options, stage)
    }
    return results
  },
})

async function measure(
  name: AttackName | 'none',
  { seconds, kbits, connections }: { readonly seconds: number; readonly kbits: number; readonly connections: number },
  stage: Stage,
): Promise<Measured> {
  const start = (side: 'server' | 'client') => {
    const child = stage.children.startWorker('strangers', side)
    return { host: remoteOf<StrangersHost>(child, CALL_LIMIT_MS), end: () => child.end() }
  }
  const [victim, honest, attacker] = [start('server'), start('client'), start('client')]
  try {
    const ids = await honest.host.introduce()
    const invitation = await victim.host.listen(ids)
    await honest.host.connect(invitation)
    await sleep(WARM_UP_MS)
    await victim.host.begin()
    if (name !== 'none') await attacker.host.attack(invitation, { name, kbits, connections })
    const echoes = honest.host.echoes(seconds * 1_000)
    const [reconnectMs, reconnectElsewhereMs] = await honest.host.reconnect(seconds * 1_000)
    const seen = await echoes
    const connectionsOfTheAttacker = await attacker.host.stop()
    return { ...(await victim.host.end()), ...seen, reconnectMs, reconnectElsewhereMs, connectionsOfTheAttacker }
  } finally {
    for (const { end } of [victim, honest, attacker]) end()
  }
}
