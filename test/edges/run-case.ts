// Runs one case on a stage, and tells what was seen.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Case, inputBytes, isFatal, type Moment, otherSide, type Side, sides } from './case.ts'
import { PipeCommand } from './command.ts'
import { deadlines, type FlowSeen, isPrefix, judge, type Seen, type Verdict } from './oracle.ts'
import { Sink } from './sink.ts'
import { Source } from './source.ts'
import type { Stage } from './stage.ts'
import { strike } from './strike.ts'
import { Timeline } from './timeline.ts'

/** How often files and clocks are looked at. */
const lookMs = 5
/** A case that has not ended by then hangs, whatever it waits for. To it comes so many times what a command needs to start. */
const caseMsMax = 90_000
const caseStarts = 10
const startMsMax = 60_000
/** An input that is idle stays so for this time. */
const idleMs = 300
/** Where outputs fail, not all that is given comes out, and idle inputs end after this time. */
const idleMsMax = 2_000
/** An accepting command that nobody has reached waits on, as it should; it is known by now that nobody will. */
const unreachedMs = 3_000

export interface CaseResult extends Verdict {
  readonly plan: Case
  readonly timeline: Timeline
  readonly stderr: Readonly<Record<Side, string>>
  /** What the daemons printed meanwhile. */
  readonly daemons: Readonly<Record<Side, string>>
  readonly codes: Readonly<Record<Side, number | undefined>>
  readonly isStruck: boolean
  readonly tookMs: number
}

/** What a case may add: it is called when the fault is over, before idle inputs end. */
export type Meanwhile = (stage: Stage) => Promise<void>

export async function runCase(plan: Case, stage: Stage, meanwhile?: Meanwhile): Promise<CaseResult> {
  const run = new CaseRun(plan, stage)
  try {
    return await run.run(meanwhile)
  } finally {
    run.close()
  }
}

class CaseRun {
  readonly #plan: Case
  readonly #stage: Stage
  readonly #timeline = new Timeline()
  readonly #startedMs = performance.now()
  readonly #sources: Record<Side, Source>
  /** By the side that sends: it is the output of the other side's command. */
  readonly #sinks: Record<Side, Sink>
  readonly #commands: Partial<Record<Side, PipeCommand>> = {}
  readonly #signalled = new Set<Side>()
  /** Those that were killed since they should have ended. */
  readonly #hung = new Set<Side>()
  readonly #ended = new Set<Side>()
  readonly #cameAtMs: Partial<Record<Side, number>> = {}
  readonly #printedBefore: Readonly<Record<Side, number>>
  #startMs = 0
  #openerStartedMs: number | undefined
  #connectedAtMs: number | undefined
  #deliveredAtMs: number | undefined
  #struckAtMs: number | undefined
  #overAtMs: number | undefined

  constructor(plan: Case, stage: Stage) {
    this.#plan = plan
    this.#stage = stage
    const name = (side: Side): string => `${plan.seed} ${plan.index} ${side}`
    const source = (side: Side): Source => new Source(plan[side].input, name(side), stage.path())
    this.#sources = { opener: source('opener'), accepter: source('accepter') }
    const sink = (from: Side): Sink =>
      new Sink(plan[otherSide(from)].output, inputBytes(plan[from].input), stage.path())
    this.#sinks = { opener: sink('opener'), accepter: sink('accepter') }
    const printed = (side: Side): number => stage.printed(plan, side).length
    this.#printedBefore = { opener: printed('opener'), accepter: printed('accepter') }
  }

  async run(meanwhile: Meanwhile | undefined): Promise<CaseResult> {
    await this.#stage.network.shape(this.#plan.network)
    await this.#startCommands()
    const giving = sides.map((side) => this.#sources[side].give())
    const course = this.#follow(meanwhile)
    await this.#watch()
    for (const side of sides) this.#sources[side].close()
    await course
    await Promise.all([...giving, ...sides.map((side) => this.#commands[side]?.closed)])
    const flows = { opener: await this.#flow('opener'), accepter: await this.#flow('accepter') }
    const seen = this.#seen(flows)
    const verdict = judge(this.#plan, seen)
    return {
      ...verdict,
      plan: this.#plan,
      timeline: this.#timeline,
      stderr: { opener: seen.commands.opener.stderr, accepter: seen.commands.accepter.stderr },
      daemons: { opener: this.#printed('opener'), accepter: this.#printed('accepter') },
      codes: { opener: seen.commands.opener.exit?.code, accepter: seen.commands.accepter.exit?.code },
      isStruck: this.#struckAtMs !== undefined,
      tookMs: performance.now() - this.#startedMs,
    }
  }

  #printed(side: Side): string {
    return this.#stage.printed(this.#plan, side).slice(this.#printedBefore[side])
  }

  close(): void {
    for (const side of sides) {
      this.#sources[side].close()
      this.#sinks[side].close()
      void this.#commands[side]?.kill('SIGKILL')
    }
  }

  async #startCommands(): Promise<void> {
    const accepter = this.#start('accepter')
    const beganMs = performance.now()
    while (accepter.exit === undefined && !/Waiting for/.test(accepter.stderr) && this.#startMs < startMsMax) {
      await sleep(lookMs)
      this.#startMs = performance.now() - beganMs
    }
    this.#start('opener')
    this.#openerStartedMs = performance.now()
  }

  #start(side: Side): PipeCommand {
    const { dir } = this.#stage.node(this.#plan, side)
    const peer = this.#stage.node(this.#plan, otherSide(side)).name
    const args = side === 'opener' ? ['pipe', peer, '--dir', dir] : ['pipe', '--accept', peer, '--dir', dir]
    const command = new PipeCommand(args, this.#sources[side], this.#sinks[otherSide(side)])
    this.#commands[side] = command
    this.#timeline.add(`the ${side} is started`)
    return command
  }

  get #isOver(): boolean {
    return sides.every((side) => this.#commands[side]?.exit !== undefined)
  }

  /** The fault, what comes meanwhile, and then what the idle inputs wait for. */
  async #follow(meanwhile: Meanwhile | undefined): Promise<void> {
    const { fault } = this.#plan
    if (fault.kind !== 'none') {
      await this.#until(fault.at)
      if (this.#isOver) return
      await strike(fault, {
        plan: this.#plan,
        stage: this.#stage,
        timeline: this.#timeline,
        hasEnded: (side) => this.#commands[side]?.exit !== undefined,
        signal: (side, signal) => this.#signal(side, signal),
        struck: () => (this.#struckAtMs = performance.now()),
      })
      this.#overAtMs = performance.now()
    }
    await meanwhile?.(this.#stage)
    if (isFatal(fault)) await sleep(idleMs)
    else await this.#untilQuiet()
    for (const side of sides) this.#sources[side].release()
  }

  async #signal(side: Side, signal: NodeJS.Signals): Promise<void> {
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') this.#signalled.add(side)
    await this.#commands[side]?.kill(signal)
  }

  async #until(at: Moment): Promise<void> {
    const reached = (): boolean => {
      if (this.#isOver) return true
      const nowMs = performance.now()
      switch (at.after) {
        case 'start':
          return nowMs >= this.#openerStartedMs! + at.ms
        case 'connected':
          return nowMs >= (this.#connectedAtMs ?? Infinity) + at.ms
        case 'bytes':
          return this.#connectedAtMs !== undefined && this.#cameFraction() >= at.fraction
        case 'delivered':
          return nowMs >= (this.#deliveredAtMs ?? Infinity) + at.ms
      }
    }
    while (!reached()) await sleep(at.after === 'delivered' ? 1 : lookMs)
  }

  #cameFraction(): number {
    const larger = this.#sources.opener.firstBytes >= this.#sources.accepter.firstBytes ? 'opener' : 'accepter'
    const { firstBytes } = this.#sources[larger]
    return firstBytes === 0 ? 1 : this.#sinks[larger].bytes / firstBytes
  }

  async #untilQuiet(): Promise<void> {
    const canFail = sides.some((side) => ['closed', 'full'].includes(this.#plan[side].output.kind))
    const quiet = (): boolean => {
      const nowMs = performance.now()
      if (this.#isOver || nowMs >= (this.#deliveredAtMs ?? Infinity) + idleMs) return true
      return canFail && nowMs >= (this.#connectedAtMs ?? Infinity) + idleMsMax
    }
    while (!quiet()) await sleep(lookMs)
  }

  /** Until both commands have ended, or one of them should have. */
  async #watch(): Promise<void> {
    while (!this.#isOver) {
      await sleep(lookMs)
      this.#look()
      this.#endUnreached()
      const nowMs = performance.now()
      const limits = deadlines(this.#plan, this.#seen(this.#flowsSoFar()))
      for (const side of sides) {
        const command = this.#commands[side]
        if (command === undefined || command.exit !== undefined) continue
        if (nowMs < Math.min(limits[side], this.#startedMs + caseMsMax + caseStarts * this.#startMs)) continue
        this.#timeline.add(`the ${side} hangs, and is killed`)
        this.#hung.add(side)
        await command.kill('SIGKILL')
        await command.closed
      }
    }
    this.#look()
  }

  #look(): void {
    const nowMs = performance.now()
    if (this.#connectedAtMs === undefined && /Connected to/.test(this.#commands.accepter?.stderr ?? '')) {
      this.#connectedAtMs = nowMs
      this.#timeline.add('the accepter is connected')
    }
    for (const side of sides) {
      const source = this.#sources[side]
      const cameBytes = this.#sinks[side].bytes
      if (this.#givenAtMs(side) !== undefined && cameBytes >= source.content.length) this.#cameAtMs[side] ??= nowMs
      const exit = this.#commands[side]?.exit
      if (exit === undefined || this.#ended.has(side)) continue
      this.#ended.add(side)
      this.#timeline.add(`the ${side} has ended with ${exit.code}`, exit.atMs)
    }
    const isDelivered = sides.every((side) => {
      const source = this.#sources[side]
      return source.gaveFirst && this.#sinks[side].bytes >= source.firstBytes
    })
    if (this.#connectedAtMs === undefined || !isDelivered || this.#deliveredAtMs !== undefined) return
    this.#deliveredAtMs = nowMs
    this.#timeline.add('what was given so far has come out')
  }

  /** An accepting command that waits in vain is right, and is ended. */
  #endUnreached(): void {
    const { fault } = this.#plan
    if (this.#connectedAtMs !== undefined || fault.kind !== 'signal' || fault.side !== 'opener') return
    if (this.#signalled.has('accepter') || performance.now() < (this.#struckAtMs ?? Infinity) + unreachedMs) return
    this.#timeline.add('the accepter was not reached, and is ended')
    void this.#signal('accepter', 'SIGTERM')
  }

  #givenAtMs(side: Side): number | undefined {
    const { input, endedAtMs, givenBytes, content } = this.#sources[side]
    if (endedAtMs !== undefined) return endedAtMs
    // A terminal at which nobody types the end is left alone when the other direction has ended.
    const isTyped = input.kind === 'terminal' && !input.ends && givenBytes === content.length
    return isTyped ? this.#sources[otherSide(side)].endedAtMs : undefined
  }

  #flowsSoFar(): Record<Side, FlowSeen> {
    const flow = (side: Side): FlowSeen => ({ ...this.#flowSoFar(side), isPrefix: true })
    return { opener: flow('opener'), accepter: flow('accepter') }
  }

  #flowSoFar(side: Side): Omit<FlowSeen, 'isPrefix'> {
    return {
      givenBytes: this.#sources[side].givenBytes,
      cameBytes: this.#sinks[side].bytes,
      givenAtMs: this.#givenAtMs(side),
      cameAtMs: this.#cameAtMs[side],
      takesBytesMax: this.#sinks[side].takesBytesMax,
    }
  }

  async #flow(side: Side): Promise<FlowSeen> {
    const came = await this.#sinks[side].content()
    return { ...this.#flowSoFar(side), isPrefix: isPrefix(this.#sources[side].content, came) }
  }

  #seen(flows: Record<Side, FlowSeen>): Seen {
    const command = (side: Side): Seen['commands'][Side] => ({
      exit: this.#hung.has(side) ? undefined : this.#commands[side]?.exit,
      stderr: this.#commands[side]?.stderr ?? '',
      isSignalled: this.#signalled.has(side),
    })
    return {
      commands: { opener: command('opener'), accepter: command('accepter') },
      flows,
      startMs: this.#startMs,
      connectedAtMs: this.#connectedAtMs,
      struckAtMs: this.#struckAtMs,
      overAtMs: this.#overAtMs,
    }
  }
}
