import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import { ApiError } from '../../daemon/client.ts'
import type { PeerView } from '../../daemon/contract/peer.ts'
import { duration } from '../../node/events/duration.ts'
import { type Control, withControl } from '../control.ts'
import { NoAnswerError } from '../errors.ts'
import { withHelp } from '../help.ts'
import { type FolderOptions, type JsonOptions, wholeNumber, withFolder, withJson } from '../options.ts'
import { choosePeer } from '../terminal/choose-peer.ts'
import { print, printJson, shown } from '../terminal/output.ts'
import { type PingOutcome, PingStatistics, pingLine } from '../terminal/ping-report.ts'
import { secondsBetween } from '../terminal/time.ts'

interface PingOptions extends FolderOptions, JsonOptions {
  /** Undefined: until Ctrl-C. */
  readonly count?: number
  /** Milliseconds, as `timeout`. */
  readonly interval: number
  readonly timeout: number
}

const countMax = 999_999_999

/** `holdfast ping`. */
export function addPing(program: Command): void {
  const command = program
    .command('ping')
    .description('measure the round-trip time to a peer over the session')
    .argument('<peer>', 'the peer, by nickname or the start of its id')
    .addOption(
      new Option('-c, --count <number>', 'stop after this many (default: at Ctrl-C)').argParser(
        wholeNumber(1, countMax),
      ),
    )
    .addOption(
      new Option('-i, --interval <seconds>', 'the time between two pings')
        .default(1_000, '1')
        .argParser(secondsBetween(0.01, 3_600)),
    )
    .addOption(
      new Option('-W, --timeout <seconds>', 'how long to wait for each answer')
        .default(5_000, '5')
        .argParser(secondsBetween(0.01, 3_600)),
    )
  withHelp(
    withJson(withFolder(command)),
    `
A ping takes the path of a message: one stream there and back, over the link that carries the session. It survives a
change of links, and a retransmission shows as a longer time. Exit code 0 if any answer came back, otherwise 1.

Examples:
  $ holdfast ping bob
  $ holdfast ping bob -c 3 -i 0.2
  $ holdfast ping bob -c 100 --json | tail -1`,
  ).action(ping)
}

async function ping(text: string, options: PingOptions): Promise<void> {
  await withControl(options, async (control, signal) => {
    const peer = choosePeer(text, await control.api.peers())
    const statistics = new PingStatistics()
    const startedMs = performance.now()
    const name = shown(peer.name)
    if (!options.json) print(`PING ${name} (${peer.id}) through the session`)
    await pingAll(control, peer, options, signal, (outcome) => {
      statistics.add(outcome)
      if (options.json) printJson(outcome)
      else print(pingLine(name, outcome))
    })
    if (options.json) printJson({ summary: statistics.summary() })
    else for (const line of ['', ...statistics.lines(name, performance.now() - startedMs)]) print(line)
    if (statistics.received === 0) throw new NoAnswerError(name)
  })
}

/** Ctrl-C is the usual end of it, and no interruption. */
async function pingAll(
  control: Control,
  peer: PeerView,
  { count = Infinity, interval, timeout }: PingOptions,
  signal: AbortSignal,
  tell: (outcome: PingOutcome) => void,
): Promise<void> {
  for (let sequence = 1; sequence <= count && !signal.aborted; sequence++) {
    const nextMs = performance.now() + interval
    const outcome = await pingOnce(control, peer, sequence, timeout, signal)
    if (outcome !== undefined) tell(outcome)
    if (sequence < count)
      await sleep(Math.max(0, nextMs - performance.now()), undefined, { signal }).catch(() => undefined)
  }
}

/** Undefined if it was ended by `signal`. */
async function pingOnce(
  { api }: Control,
  peer: PeerView,
  sequence: number,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<PingOutcome | undefined> {
  const limit = AbortSignal.timeout(timeoutMs)
  try {
    const { roundTripMs, address } = await api.ping(peer.id, AbortSignal.any([signal, limit]))
    return { sequence, roundTripMs, address }
  } catch (error) {
    if (signal.aborted) return undefined
    if (limit.aborted) return { sequence, lost: `within ${duration(timeoutMs)}` }
    if (error instanceof ApiError) return { sequence, lost: `(${error.message})` }
    throw error
  }
}
