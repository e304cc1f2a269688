// Judges what was seen of a case by what went in, what came out and what the commands said. It uses nothing of the product.
import { createHash } from 'node:crypto'
import { type Case, inputBytes, isFatal, otherSide, type Side, sides } from './case.ts'

/** Both commands end within this time of when the failure can be known. */
const agreeMs = 5_000
/** The processes of several cases share the cores. What takes longer than this hangs, */
const schedulingMsMin = 5_000
/** or than so many times what a command needed to start. */
const schedulingStarts = 5
/** After a restart the peers find each other within this time. */
const reconnectMs = 5_000
/** For bytes on a network that sets no limit, when several cases run. */
const bytesPerSecondMin = 500_000
/** Round trips in which a pipe is opened and ended, and a link made anew. */
const roundTrips = 20
/** What may stand in the queues of a slow network, before what has to be told. */
const queuedBytesMax = 262_144
/** The moment when the last byte is seen to have come out is known with this tolerance. */
const seenToleranceMs = 50

/** The bytes that one side's command was given, and what the other side's command wrote. */
export interface FlowSeen {
  readonly givenBytes: number
  readonly cameBytes: number
  readonly isPrefix: boolean
  /** When everything had been given, and the end too where there is one. In milliseconds of one clock, as all times here. */
  readonly givenAtMs: number | undefined
  /** When everything had been given and had come out. */
  readonly cameAtMs: number | undefined
  /** The output fails beyond this. */
  readonly takesBytesMax: number | undefined
}

export interface CommandSeen {
  readonly exit: { readonly code: number; readonly atMs: number } | undefined
  readonly stderr: string
  /** The bench has sent it a signal that ends it. */
  readonly isSignalled: boolean
}

export interface Seen {
  readonly commands: Readonly<Record<Side, CommandSeen>>
  /** By the side that sends. */
  readonly flows: Readonly<Record<Side, FlowSeen>>
  /** What the accepting command needed from its start until it waited. */
  readonly startMs: number
  /** When the accepting command had said that it is connected. */
  readonly connectedAtMs: number | undefined
  readonly struckAtMs: number | undefined
  /** When the fault was over: the daemon serves again, the process goes on. */
  readonly overAtMs: number | undefined
}

export interface Verdict {
  readonly problems: readonly string[]
  /** The last confirmation was on its way when a daemon was killed: one side knows that all is well, and the other one cannot. */
  readonly isTwoGenerals: boolean
}

/** Whether `came` is how `given` begins. */
export function isPrefix(given: Uint8Array, came: Uint8Array): boolean {
  return came.length <= given.length && hash(came) === hash(given.subarray(0, came.length))
}

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** When each command has to have ended at the latest; infinite as long as nothing says so. */
export function deadlines(plan: Case, seen: Seen): Record<Side, number> {
  const deadline = (side: Side): number =>
    Math.min(ownEndMs(plan, side, seen), otherEndMs(plan, side, seen)) +
    agreeMs +
    Math.max(schedulingMsMin, schedulingStarts * seen.startMs)
  return { opener: deadline('opener'), accepter: deadline('accepter') }
}

/** When the command has all that it needs to end: because it is done, or because of the fault. */
function ownEndMs(plan: Case, side: Side, seen: Seen): number {
  const { fault } = plan
  if (seen.struckAtMs === undefined || !isFatal(fault)) return naturalEndMs(plan, seen)
  if (fault.side === side) return seen.struckAtMs
  // The other daemon cannot tell a daemon that was killed from a network that is down, until it is back.
  const toldAtMs = fault.kind === 'signal' ? seen.struckAtMs : (seen.overAtMs ?? Infinity) + reconnectMs
  return toldAtMs + tellMs(plan)
}

/** When it can have heard that the other command has ended. */
function otherEndMs(plan: Case, side: Side, { commands, struckAtMs, overAtMs }: Seen): number {
  const { exit } = commands[otherSide(side)]
  if (exit === undefined) return Infinity
  const disturbed = struckAtMs === undefined || plan.fault.kind === 'signal' ? 0 : (overAtMs ?? Infinity) + reconnectMs
  return Math.max(exit.atMs, disturbed) + tellMs(plan)
}

/** For what one side has to tell the other. */
function tellMs({ network }: Case): number {
  const rate = network.bytesPerSecond
  return roundTrips * network.delayMs * 2 + (rate === undefined ? 0 : (queuedBytesMax * 1_000) / rate)
}

/** When a pipe is done that nothing ends before its time. */
function naturalEndMs(plan: Case, { connectedAtMs = Infinity, struckAtMs, overAtMs, flows }: Seen): number {
  const rate = plan.network.bytesPerSecond ?? bytesPerSecondMin
  const bytes = sides.map((side) => inputBytes(plan[side].input))
  const reading = sides.map((side) => (plan[side].output.kind === 'slow' ? plan[side].output.overMs : 0))
  const disturbed = struckAtMs === undefined ? 0 : (overAtMs ?? Infinity) + reconnectMs
  const given = sides.map((side) => flows[side].givenAtMs ?? Infinity)
  // The bytes of the protocols beside them, and what is sent again.
  const transferMs = (2 * Math.max(...bytes) * 1_000) / rate
  return Math.max(connectedAtMs, disturbed, ...given) + transferMs + Math.max(...reading) + tellMs(plan)
}

export function judge(plan: Case, seen: Seen): Verdict {
  const isTwoGenerals = disagree(seen) && lostTheLastWord(plan, seen)
  const problems = [
    ...sides.flatMap((side) => judgeBytes(side, seen.flows[side])),
    ...sides.flatMap((side) => judgeExit(plan, side, seen)),
    ...(disagree(seen) && !isTwoGenerals ? [`the ${describeExits(seen)}`] : []),
    ...judgeExpected(plan, seen),
    ...sides.flatMap((side) => judgeStderr(side, seen.commands[side])),
  ]
  return { problems, isTwoGenerals }
}

function judgeBytes(side: Side, { isPrefix, cameBytes, givenBytes }: FlowSeen): string[] {
  if (isPrefix && cameBytes <= givenBytes) return []
  return [`what came of the ${side}'s ${givenBytes} bytes is not how they begin: ${cameBytes} bytes`]
}

/** Ended in time; and who says that all is well says so only when it is. */
function judgeExit(plan: Case, side: Side, { commands, flows }: Seen): string[] {
  const { exit } = commands[side]
  if (exit === undefined) return [`the ${side} hangs`]
  if (exit.code !== 0) return []
  return sides.flatMap((from) => {
    const { cameBytes, givenBytes, givenAtMs, takesBytesMax = cameBytes } = flows[from]
    const total = inputBytes(plan[from].input)
    // What stood in the pipe when its reader left was written, and nobody saw it come out.
    const writtenBytesMax = plan[otherSide(from)].output.kind === 'closed' ? takesBytesMax : cameBytes
    if (writtenBytesMax < total)
      return [`the ${side} exits 0, but ${cameBytes} of the ${from}'s ${total} bytes came out`]
    const isEnded = givenAtMs !== undefined && givenBytes === total
    return isEnded ? [] : [`the ${side} exits 0, but the ${from}'s input has not ended`]
  })
}

/** One command says that all is well, the other one that it is not. One that was ended by a signal need not say anything. */
function disagree({ commands }: Seen): boolean {
  return sides.some((side) => {
    const other = commands[otherSide(side)]
    return commands[side].exit?.code === 0 && !other.isSignalled && other.exit !== undefined && other.exit.code !== 0
  })
}

/** The one disagreement that no protocol can avoid: a daemon is killed after the last byte came out, and takes the last confirmation with it. */
function lostTheLastWord({ fault }: Case, { struckAtMs, flows }: Seen): boolean {
  if (fault.kind !== 'daemon' || fault.signal !== 'SIGKILL' || struckAtMs === undefined) return false
  return sides.every((side) => (flows[side].cameAtMs ?? Infinity) <= struckAtMs + seenToleranceMs)
}

const describeExits = ({ commands }: Seen): string =>
  sides.map((side) => `${side} exits ${commands[side].exit?.code}`).join(', but the ')

/** What has to come of a case in which no process was ended. */
function judgeExpected(plan: Case, seen: Seen): string[] {
  if (isFatal(plan.fault) && seen.struckAtMs !== undefined) return []
  const expected = expectation(plan, seen)
  return sides.flatMap((side) => {
    const code = seen.commands[side].exit?.code
    if (code === undefined || expected === 'either' || (code === 0) === (expected === 'success')) return []
    return [`the ${side} exits ${code}, but ${expected === 'success' ? 'nothing failed' : 'an output failed'}`]
  })
}

function expectation(plan: Case, { flows }: Seen): 'success' | 'failure' | 'either' {
  const verdicts = sides.map((side) => {
    const { takesBytesMax = Infinity } = flows[side]
    if (inputBytes(plan[side].input) > takesBytesMax) return 'failure'
    // Whether the reader of a pipe has gone shows only when something is written; /dev/full refuses even to be written nothing.
    return plan[otherSide(side)].output.kind === 'closed' || takesBytesMax === 0 ? 'either' : 'success'
  })
  if (verdicts.includes('failure')) return 'failure'
  return verdicts.includes('either') ? 'either' : 'success'
}

/** What tells how it goes, and not how it ended. */
const progress = /^holdfast: (Waiting for|Connected to|Lost the connection to) /
/** What a person can do nothing with. */
const internals = /\n\s+at |\bnode:|\bmistake in Holdfast|\[object |\bundefined\b|\bE[A-Z]{4,}\b.*\bsyscall\b/

function judgeStderr(side: Side, { exit, stderr, isSignalled }: CommandSeen): string[] {
  if (internals.test(stderr)) return [`the ${side} shows its insides: ${stderr.slice(0, 500)}`]
  if (exit === undefined || exit.code === 0 || isSignalled) return []
  const reasons = stderr.split('\n').filter((line) => line !== '' && !progress.test(line))
  if (reasons.length === 1 && reasons[0]!.startsWith('holdfast: ')) return []
  return [`the ${side} exits ${exit.code} with ${reasons.length} reasons instead of one`]
}
