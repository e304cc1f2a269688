import type { Fault } from './plan-faults.ts'
import type { Random } from './random.ts'

export interface StreamPlan {
  /** The numbers of the node that opens it, and of the other one. */
  readonly opener: number
  readonly acceptor: number
  readonly openAtMs: number
  readonly priority: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7
  /** From the opener to the other side, and back. */
  readonly there: DirectionPlan
  readonly back: DirectionPlan
  /** When its opener aborts it by a signal, if it is not over by then; before it is open even, should the peer be out of reach. */
  readonly abortAtMs: number | undefined
  /** The most that its readers need for it by their own pace. */
  readonly readingMs: number
}

export interface DirectionPlan {
  readonly bytes: number
  readonly bursts: readonly Burst[]
  readonly writes: WriteSizes
  /** The writer uses one array again and again, each time as soon as the callback of the write before allows. */
  readonly reusesArray: boolean
  readonly reader: ReaderPlan
  readonly ending: Ending
}

/** Bytes that the writer gets to write at a time. */
export interface Burst {
  readonly atMs: number
  readonly bytes: number
}

/** `tiny`: 1 to 64 bytes, for the first 2 KB of a burst; then as `mixed`: 1 byte to 64 KiB; `large`: 64 KiB to 256 KiB. */
export type WriteSizes = 'tiny' | 'mixed' | 'large'

export type ReaderPlan =
  /** Takes what comes. */
  | { readonly kind: 'eager' }
  /** Stops now and then. */
  | { readonly kind: 'halting'; readonly everyBytes: number; readonly pauseMs: number }
  /** Takes so much at a time and no more. */
  | { readonly kind: 'slow'; readonly bytes: number; readonly everyMs: number }

/** How the direction ends: in order, or by a reset with a code, by either side, after so many bytes. */
export type Ending =
  | { readonly kind: 'end' }
  | { readonly kind: 'reset'; readonly by: 'writer' | 'reader'; readonly afterBytes: number; readonly code: number }

/** What must arrive each way, on the streams that end in order. */
const BYTES_MIN = 1_100_000
const BYTES_MAX = 1_700_000
const READING_MS_MAX = 60_000
/** A stream that is aborted lives no longer. */
const ABORT_MS_MAX = 20_000
/** What is sent by a stream that is soon over, and for how long. */
const ERRAND_BYTES_MAX = 100_000
const ERRAND_MS_MAX = 10_000
const TICK_MS = 100
const TICKS_AFTER_MS = 500

/** Two to six streams that carry at least 1 MB each way in order, some that are reset or aborted, and now and then many small ones. */
export function drawStreams(random: Random, faults: readonly Fault[], calmAtMs: number): StreamPlan[] {
  const count = random.between(2, 6)
  const fromSide = [0, 1].map(() => shares(random, random.between(BYTES_MIN, BYTES_MAX), count))
  const streams = Array.from({ length: count }, (_, index) =>
    drawStream(random, [fromSide[0]![index]!, fromSide[1]![index]!], faults, calmAtMs),
  )
  const small = (bytesMax: number): StreamPlan =>
    drawStream(random, [random.logBetween(1, bytesMax), random.logBetween(1, bytesMax)], faults, calmAtMs)
  for (let resets = random.between(0, 3); resets > 0; resets--) streams.push(withReset(random, small(200_000)))
  for (let aborts = random.between(0, 2); aborts > 0; aborts--) streams.push(withAbort(random, small(200_000)))
  if (random.chance(0.1)) for (let more = random.between(20, 100); more > 0; more--) streams.push(small(2_000))
  return streams
}

/** A stream on which both sides write a byte ten times a second around each fault: it shows when bytes move again. */
export function drawTicker(faults: readonly Fault[]): StreamPlan {
  const bursts: Burst[] = []
  for (const fault of faults) {
    const untilMs = 'untilMs' in fault ? fault.untilMs : fault.atMs
    for (let atMs = fault.atMs - 1_000; atMs < untilMs + TICKS_AFTER_MS; atMs += TICK_MS) {
      if (atMs > (bursts.at(-1)?.atMs ?? 0)) bursts.push({ atMs, bytes: 1 })
    }
  }
  const direction: DirectionPlan = {
    bytes: bursts.length,
    bursts,
    writes: 'tiny',
    reusesArray: false,
    reader: { kind: 'eager' },
    ending: { kind: 'end' },
  }
  return {
    opener: 0,
    acceptor: 1,
    openAtMs: 0,
    priority: 0,
    there: direction,
    back: direction,
    abortAtMs: undefined,
    readingMs: 0,
  }
}

/** The same stream without slow readers, which could hold up others by the session's window. */
export function readEagerly(stream: StreamPlan): StreamPlan {
  const reader = { kind: 'eager' } as const
  return { ...stream, there: { ...stream.there, reader }, back: { ...stream.back, reader }, readingMs: 0 }
}

/** `bytes` are those that each of two nodes sends. */
function drawStream(
  random: Random,
  bytes: readonly [number, number],
  faults: readonly Fault[],
  calmAtMs: number,
): StreamPlan {
  return random.chance(0.5)
    ? drawStreamBetween(random, [0, 1], bytes, faults, calmAtMs)
    : drawStreamBetween(random, [1, 0], [bytes[1], bytes[0]], faults, calmAtMs)
}

/** Short ones between two nodes, with time between them. */
export function drawErrands(random: Random, faults: readonly Fault[], calmAtMs: number): StreamPlan[] {
  return Array.from({ length: random.between(6, 12) }, () => {
    const ends = random.chance(0.5) ? ([0, 1] as const) : ([1, 0] as const)
    const bytes = [random.logBetween(1, ERRAND_BYTES_MAX), random.logBetween(1, ERRAND_BYTES_MAX)] as const
    const openAtMs = random.between(0, calmAtMs - ERRAND_MS_MAX)
    return drawStreamBetween(random, ends, bytes, faults, openAtMs + random.logBetween(100, ERRAND_MS_MAX), openAtMs)
  })
}

/** `ends` are opener and acceptor, `bytes` what each of them sends by `calmAtMs`. */
export function drawStreamBetween(
  random: Random,
  [opener, acceptor]: readonly [number, number],
  bytes: readonly [number, number],
  faults: readonly Fault[],
  calmAtMs: number,
  openAtMs = drawOpening(random, faults, calmAtMs),
): StreamPlan {
  const there = drawDirection(random, bytes[0], openAtMs, faults, calmAtMs)
  const back = drawDirection(random, bytes[1], openAtMs, faults, calmAtMs)
  return {
    opener,
    acceptor,
    openAtMs,
    priority: random.chance(0.7) ? 4 : (random.between(0, 7) as StreamPlan['priority']),
    there,
    back,
    abortAtMs: undefined,
    readingMs: Math.max(readingMs(there), readingMs(back)),
  }
}

function drawOpening(random: Random, faults: readonly Fault[], calmAtMs: number): number {
  return random.chance(0.4)
    ? random.between(0, 5_000)
    : Math.min(random.pick(faults).atMs + random.between(0, 2_000), calmAtMs - 5_000)
}

function drawDirection(
  random: Random,
  bytes: number,
  fromMs: number,
  faults: readonly Fault[],
  calmAtMs: number,
): DirectionPlan {
  const later = faults.filter(({ atMs }) => atMs > fromMs && atMs <= calmAtMs)
  const bursts = shares(random, bytes, random.between(1, 12)).map((share) => ({
    atMs: burstAt(random, fromMs, later, calmAtMs),
    bytes: share,
  }))
  return {
    bytes,
    bursts: bursts.sort((a, b) => a.atMs - b.atMs),
    writes: random.pick(['tiny', 'mixed', 'mixed', 'large', 'large']),
    reusesArray: random.chance(0.25),
    reader: drawReader(random, bytes),
    ending: { kind: 'end' },
  }
}

/** Mostly just before a fault, so that it strikes while bytes are on their way. */
function burstAt(random: Random, fromMs: number, faults: readonly Fault[], calmAtMs: number): number {
  if (faults.length === 0 || random.chance(0.2)) return random.between(fromMs, calmAtMs)
  return Math.max(fromMs, random.pick(faults).atMs - random.logBetween(1, 400))
}

function drawReader(random: Random, bytes: number): ReaderPlan {
  const kind = random.pick(['eager', 'eager', 'halting', 'slow'] as const)
  switch (kind) {
    case 'eager':
      return { kind }
    case 'halting':
      return {
        kind,
        everyBytes: Math.max(random.logBetween(1_000, 400_000), bytes / 20),
        pauseMs: random.logBetween(1, READING_MS_MAX / 20),
      }
    case 'slow': {
      const size = Math.max(random.logBetween(1, 100_000), Math.ceil(bytes / 200))
      return { kind, bytes: size, everyMs: random.between(1, READING_MS_MAX / 200) }
    }
  }
}

export function withAbort(random: Random, stream: StreamPlan): StreamPlan {
  return { ...stream, abortAtMs: stream.openAtMs + random.logBetween(1, ABORT_MS_MAX) }
}

function withReset(random: Random, stream: StreamPlan): StreamPlan {
  const way = random.pick(['there', 'back'] as const)
  const { bytes } = stream[way]
  const code = random.chance(0.3) ? random.between(0, 255) : random.between(256, 0xffff_ffff)
  const ending = {
    kind: 'reset',
    by: random.pick(['writer', 'reader'] as const),
    afterBytes: random.between(0, bytes),
    code,
  } as const
  return { ...stream, [way]: { ...stream[way], ending } }
}

function readingMs({ bytes, reader }: DirectionPlan): number {
  switch (reader.kind) {
    case 'eager':
      return 0
    case 'halting':
      return (bytes / reader.everyBytes + 1) * reader.pauseMs
    case 'slow':
      return (bytes / reader.bytes + 1) * reader.everyMs
  }
}

/** Cuts a whole into `count` parts of very different sizes; some may be 0. */
function shares(random: Random, whole: number, count: number): number[] {
  const weights = Array.from({ length: count }, () => random.float() ** 3)
  const sum = weights.reduce((a, b) => a + b, 0)
  const parts = weights.map((weight) => Math.floor((whole * weight) / sum))
  parts[0]! += whole - parts.reduce((a, b) => a + b, 0)
  return parts
}
