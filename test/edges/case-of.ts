// Draws a case from a seed and an index.
import { Random } from '../sim/random.ts'
import {
  type Case,
  type Edge,
  type EndSignal,
  type Fault,
  type Input,
  inputBytes,
  isFatal,
  type Moment,
  type Network,
  type Output,
  otherSide,
  type Side,
  sides,
} from './case.ts'

/** 256 kbit/s. */
const slowBytesPerSecond = 32_000
const delaysMs = [0, 25, 100] as const
/** Bytes for which a slow network needs two seconds, and six. */
const slowBytesMax = 64_000
const slowBytesLargeMax = 200_000
const bytesMax = 3_000_000
/** A terminal takes 4,096 bytes before somebody reads them. */
const typedBytesMax = 3_000
/** A whole number of pages. */
const roomBytes = [0, 4_096, 65_536] as const
const stopMs = 10_000
const purpose = 0x65_64_67_65

/** The case with this index of a seed. */
export function caseOf(seed: number, index: number): Case {
  const random = new Random(seed + index * 2 ** 32, purpose)
  const network = drawNetwork(random)
  const flow = random.pick(['opener', 'opener', 'opener', 'accepter', 'accepter', 'both', 'both'] as const)
  const inputs = drawInputs(random, flow, network)
  const edge = (side: Side): Edge => ({
    input: inputs[side],
    output: drawOutput(random, inputBytes(inputs[otherSide(side)])),
  })
  const drawn = { opener: edge('opener'), accepter: edge('accepter') }
  const fault = drawFault(random, drawn)
  return {
    seed,
    index,
    dialer: random.pick(sides),
    network,
    opener: { ...drawn.opener, input: withEnd(random, drawn.opener.input, fault) },
    accepter: { ...drawn.accepter, input: withEnd(random, drawn.accepter.input, fault) },
    fault,
  }
}

function drawNetwork(random: Random): Network {
  const isSlow = random.chance(0.25)
  return { delayMs: random.pick(delaysMs), bytesPerSecond: isSlow ? slowBytesPerSecond : undefined }
}

function drawBytes(random: Random, { bytesPerSecond }: Network): number {
  const kind = random.float()
  if (kind < 0.08) return 0
  if (kind < 0.2) return random.between(1, 64)
  if (kind < 0.3) return 65_536 + random.between(-1, 1)
  if (bytesPerSecond === undefined) return random.logBetween(100, bytesMax)
  return random.logBetween(100, random.chance(0.1) ? slowBytesLargeMax : slowBytesMax)
}

function drawInputs(random: Random, flow: Side | 'both', network: Network): Record<Side, Input> {
  const main = (): Input => {
    const kind = random.float()
    const bytes = drawBytes(random, network)
    if (kind < 0.3) return { kind: 'file', bytes }
    if (kind < 0.6) return { kind: 'pipe', bytes, waitMs: random.chance(0.3) ? random.between(1, 1_500) : 0 }
    if (kind < 0.9) return { kind: 'idle', bytes, later: 'silence' }
    return { kind: 'terminal', bytes: random.between(1, typedBytesMax), ends: random.chance(0.5) }
  }
  const side = (): Input => {
    const kind = random.float()
    if (kind < 0.6) return { kind: 'empty' }
    if (kind < 0.8) return { kind: 'terminal', bytes: 0, ends: false }
    if (kind < 0.9) return { kind: 'idle', bytes: 0, later: 'silence' }
    return { kind: 'file', bytes: 0 }
  }
  const opener = flow === 'accepter' ? side() : main()
  const accepter = flow === 'opener' ? side() : main()
  // A terminal is left alone as soon as the other direction has ended, whatever somebody was about to type.
  // So that all of it counts, the other direction stays open until it has come out.
  const beside = (input: Input, other: Input): Input =>
    other.kind === 'terminal' && other.bytes > 0 && (input.kind !== 'terminal' || !other.ends)
      ? { kind: 'idle', bytes: input.kind === 'terminal' ? 0 : inputBytes(input), later: 'silence' }
      : input
  const besideOpener = beside(accepter, opener)
  return { opener: beside(opener, besideOpener), accepter: besideOpener }
}

function drawOutput(random: Random, bytes: number): Output {
  const kind = random.float()
  if (kind < 0.3) return { kind: 'file' }
  if (kind < 0.72) return { kind: 'pipe' }
  if (kind < 0.86) return { kind: 'slow', overMs: random.between(300, 2_000) }
  if (kind < 0.93) return { kind: 'closed', afterBytes: random.chance(0.3) ? 0 : Math.floor(bytes * random.float()) }
  return { kind: 'full', roomBytes: random.pick(roomBytes) }
}

function drawFault(random: Random, drawn: Record<Side, Edge>): Fault {
  const kind = random.float()
  const side = random.pick(sides)
  const momentFor = (canBeEarly: boolean): Moment => drawMoment(random, drawn, canBeEarly)
  if (kind < 0.14) return { kind: 'none' }
  if (kind < 0.2) return { kind: 'reset', at: momentFor(false) }
  if (kind < 0.24) return { kind: 'hold', forMs: random.between(200, 3_000), at: momentFor(false) }
  if (kind < 0.3) {
    const role = random.pick(['command', 'daemon'] as const)
    // `script`, which gives a command its terminal, stops itself together with the command.
    const stoppable = role === 'daemon' || drawn[side].input.kind !== 'terminal'
    const process = { side, role: stoppable ? role : ('daemon' as const) }
    return { kind: 'stop', process, forMs: stopMs, at: momentFor(false) }
  }
  if (kind < 0.65) {
    const signal = random.pick<EndSignal>(['SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGINT'])
    return { kind: 'signal', signal, side, at: momentFor(true) }
  }
  const signal = random.pick<EndSignal>(['SIGKILL', 'SIGKILL', 'SIGTERM'])
  return { kind: 'daemon', signal, side, backAfterMs: random.pick([0, 300, 2_000]), at: momentFor(false) }
}

function drawMoment(random: Random, { opener, accepter }: Record<Side, Edge>, canBeEarly: boolean): Moment {
  const kind = random.float()
  const early: Moment =
    canBeEarly && kind < 0.15
      ? { after: 'start', ms: random.between(0, 1_500) }
      : { after: 'connected', ms: random.between(0, 800) }
  // Where an output fails, what was given may never come out.
  const canFail = [opener, accepter].some(({ output }) => output.kind === 'closed' || output.kind === 'full')
  if (kind < 0.4 || canFail) return early
  if (kind < 0.7) return { after: 'bytes', fraction: random.float() }
  return { after: 'delivered', ms: random.pick([0, 1, 3, 10, 30, 100]) }
}

/** What comes of an idle input. Without a fault that ends a process, it has to end, or the case would not. */
function withEnd(random: Random, input: Input, fault: Fault): Input {
  if (input.kind !== 'idle') return input
  const isSilent = isFatal(fault) && random.chance(0.6)
  return { ...input, later: isSilent ? 'silence' : { endAfterBytes: random.pick([0, 14]) } }
}
