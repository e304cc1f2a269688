import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytes } from '../src/format/figures.ts'
import type { NodeEvent } from '../src/index.ts'
import type { Board } from './board.ts'
import { Child } from './child.ts'
import { now } from './clock.ts'
import { faultName } from './faults.ts'
import type { FromChild } from './messages.ts'
import type { Options } from './options.ts'
import { freePort } from './ports.ts'
import { Proxy } from './proxy.ts'
import type { Measured } from './result.ts'
import type { Fault, Role } from './schedule.ts'
import { Storm } from './storm.ts'
import { eventNote } from './told.ts'
import type { View } from './view.ts'

const TICK_MS = 100
/** The end of the file is moved only by more than this. */
const PACE_STEP_MS = 50
/** What a slow machine may add to a run: three times its length and a minute, or its bytes at 10 MB a second. */
const WATCHDOG = { factor: 3, extraMs: 60_000, bytesPerMs: 10_000 }

/** One run of the demonstration: two nodes in two processes, the network between them, and what happens to it. */
export class Run {
  readonly #options: Options
  readonly #board: Board
  readonly #view: View
  readonly #faults: readonly Fault[]
  readonly #abort = new AbortController()
  readonly #done = Promise.withResolvers<void>()
  readonly #proxy = new Proxy((atMs) => this.#storm?.connected(atMs))
  readonly #children = new Map<Role, Child>()
  readonly #results = new Map<Role, Extract<FromChild, { type: 'done' }>>()
  readonly #streams: Record<Role, number> = { sender: 0, receiver: 0 }
  readonly #newSessions: Record<Role, number> = { sender: 0, receiver: 0 }
  readonly #ready = new Set<Role>()
  #ticket = ''
  #folder: string | undefined
  #storm: Storm | undefined
  #pacedTo = { endAtMs: 0, released: false }
  #failure: string | undefined

  constructor(options: Options, board: Board, view: View, faults: readonly Fault[]) {
    this.#options = options
    this.#board = board
    this.#view = view
    this.#faults = faults
  }

  /** Runs to the end, good or bad, cleans up, and answers what was measured. */
  async run(): Promise<Measured> {
    const { seconds, size } = this.#options
    const limitMs = Math.max(seconds * 1_000 * WATCHDOG.factor + WATCHDOG.extraMs, size / WATCHDOG.bytesPerMs)
    const watchdog = setTimeout(() => this.fail(this.#stuck(limitMs)), limitMs)
    const ticks = setInterval(() => this.#tick(), TICK_MS)
    try {
      await this.#start()
      await this.#done.promise
    } catch (error) {
      this.fail(error instanceof Error ? error.message : String(error))
    } finally {
      clearTimeout(watchdog)
      clearInterval(ticks)
      this.#board.endedAtMs = now()
      await this.#cleanUp()
    }
    return this.#measured()
  }

  /** Ends the run before its time. The first reason counts. */
  fail(reason: string): void {
    this.#failure ??= reason
    this.#abort.abort()
    this.#done.resolve()
  }

  /** What has not happened, after so long a time. */
  #stuck(limitMs: number): string {
    const after = `after ${Math.round(limitMs / 1_000)} s`
    if (this.#ready.size < 2) return `the nodes have not opened ${after}`
    if (this.#streams.sender === 0) return `the nodes have not paired and opened a stream ${after}`
    const { current } = this.#board
    if (current === undefined) return `the transfer has not ended ${after}`
    return `the stream has not recovered from this fault ${after}: ${faultName(current.fault)}`
  }

  /** Ends the processes at once; for when there is no time to ask. */
  kill(): void {
    for (const child of this.#children.values()) child.kill()
  }

  async #start(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'holdfast-demo-'))
    const advertise = `tcp://127.0.0.1:${await this.#proxy.listen()}`
    const receiverPort = await freePort()
    this.#proxy.target = receiverPort
    const listen = `tcp://127.0.0.1:${receiverPort}`
    if (this.#abort.signal.aborted) return
    for (const role of ['receiver', 'sender'] as const) {
      const child = new Child(role, {
        message: (message) => this.#heard(role, message),
        died: (reason) => this.fail(reason),
      })
      this.#children.set(role, child)
      const { file, size } = this.#options
      child.send({ type: 'setup', dir: join(this.#folder, role), file, size, listen, advertise })
    }
    this.#view.note(`two nodes are starting, with a proxy between them on ${advertise}`)
  }

  #heard(role: Role, message: FromChild): void {
    // What a node does while it is being closed is no part of the demonstration.
    if (this.#abort.signal.aborted) return
    switch (message.type) {
      case 'ready':
        this.#ready.add(role)
        this.#ticket = message.ticket ?? this.#ticket
        if (message.dashboard !== undefined) this.#served(message.dashboard)
        if (this.#ready.size === 2) this.#child('sender').send({ type: 'pair', ticket: this.#ticket })
        return
      case 'paired':
        this.#view.note(`paired by ticket; sending ${this.#board.fileName}, ${bytes(this.#board.size)}`)
        this.#child('sender').send({ type: 'send', endAtMs: now() + this.#options.seconds * 1_000 })
        return
      case 'streamOpened':
        this.#streams[role]++
        return
      case 'session':
        this.#newSessions[role]++
        this.#view.note(`a new session began at the ${role}`)
        return
      case 'progress':
        this.#progressed(role, message.atMs, message.bytes)
        return
      case 'peer':
        if (role === 'sender') this.#board.reported(message)
        return
      case 'event':
        this.#happened(role, message.event)
        return
      case 'done':
        this.#results.set(role, message)
        if (this.#results.size === 2) this.#done.resolve()
        return
      case 'failed':
        this.fail(`${role}: ${message.message}`)
    }
  }

  #served(dashboard: string): void {
    this.#board.dashboard = dashboard
    this.#view.note(`watch it in a browser: ${dashboard}`)
  }

  #happened(role: Role, event: NodeEvent): void {
    if (role === 'sender' && event.type === 'link:lost') this.#board.lost(event.reason)
    if (role === 'sender' && event.type === 'health:band') this.#board.scored(event.score)
    const text = eventNote(role, event)
    if (text !== undefined) this.#view.note(text)
  }

  #progressed(role: Role, atMs: number, count: number): void {
    const direction = role === 'receiver' ? 'out' : 'back'
    this.#board.tracks[direction] = { bytes: count, atMs }
    if (this.#storm === undefined) this.#startStorm(atMs)
    this.#storm?.moved(direction, atMs)
  }

  /** The first byte has arrived. */
  #startStorm(atMs: number): void {
    this.#board.startedAtMs = atMs
    const victims = { proxy: this.#proxy, sender: this.#child('sender'), receiver: this.#child('receiver') }
    this.#storm = new Storm(victims, this.#board, this.#faults, atMs, (text) => this.#view.note(text))
    this.#storm
      .run(this.#abort.signal)
      .catch((error: unknown) => this.fail(`a fault could not be made: ${String(error)}`))
  }

  #tick(): void {
    const nowMs = now()
    this.#board.sample(nowMs)
    this.#view.draw(nowMs)
    const { startedAtMs } = this.#board
    if (this.#storm === undefined || startedAtMs === undefined) return
    const endAtMs = Math.max(startedAtMs + this.#options.seconds * 1_000, this.#storm.endAtMs(nowMs))
    const released = this.#storm.over
    if (Math.abs(endAtMs - this.#pacedTo.endAtMs) < PACE_STEP_MS && released === this.#pacedTo.released) return
    this.#pacedTo = { endAtMs, released }
    this.#child('sender').send({ type: 'pace', endAtMs, released })
  }

  #child(role: Role): Child {
    const child = this.#children.get(role)
    if (child === undefined) throw new Error(`the ${role} has not been started`)
    return child
  }

  async #cleanUp(): Promise<void> {
    this.#abort.abort()
    await Promise.all([...this.#children.values()].map((child) => child.stop()))
    this.#proxy.close()
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 })
    this.#view.close()
  }

  #measured(): Measured {
    const { seed, seconds, size } = this.#options
    const { tracks, records, losses, worstScore } = this.#board
    return {
      seed,
      secondsAsked: seconds,
      seconds: this.#board.elapsedMs(now()) / 1_000,
      size,
      arrived: { out: tracks.out.bytes, back: tracks.back.bytes },
      sourceSha256: this.#results.get('sender')?.sourceSha256,
      out: this.#results.get('receiver')?.check,
      back: this.#results.get('sender')?.check,
      // The stream began in one; whatever began after it, at either end, is one too many.
      sessions: Math.min(1, this.#streams.receiver) + Math.max(this.#newSessions.sender, this.#newSessions.receiver),
      streamsOpened: Math.max(this.#streams.sender, this.#streams.receiver),
      records,
      losses: { ...losses },
      worstScore,
      failure: this.#failure,
    }
  }
}
