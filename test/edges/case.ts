// What one case of the bench does: two commands, what they read from and write to, the network between their daemons, and one fault.
// A case is a pure function of seed and index. Its timing is real, so a repeated case repeats the plan and not each interleaving.

/** The opening command is `holdfast pipe <peer>`, the accepting one `holdfast pipe --accept <peer>`. */
export type Side = 'opener' | 'accepter'
export const sides = ['opener', 'accepter'] as const satisfies readonly Side[]
export const otherSide = (side: Side): Side => (side === 'opener' ? 'accepter' : 'opener')

/** The four processes of a case: on each side a command and its daemon. */
export interface ProcessOf {
  readonly side: Side
  readonly role: 'command' | 'daemon'
}

/** Where the standard input of a command comes from. */
export type Input =
  /** A file of this many bytes. */
  | { readonly kind: 'file'; readonly bytes: number }
  /** A pipe whose writer waits, writes and closes. */
  | { readonly kind: 'pipe'; readonly bytes: number; readonly waitMs: number }
  /**
   * A pipe whose writer writes and then keeps it open without a word. When the fault is over, `later` says what comes: the end after so many more bytes, or nothing
   * until both commands have ended.
   */
  | { readonly kind: 'idle'; readonly bytes: number; readonly later: { readonly endAfterBytes: number } | 'silence' }
  /** /dev/null. */
  | { readonly kind: 'empty' }
  /** A terminal at which somebody types this many bytes, and Ctrl-D if it `ends`. */
  | { readonly kind: 'terminal'; readonly bytes: number; readonly ends: boolean }

/** Where the standard output of a command goes. */
export type Output =
  | { readonly kind: 'file' }
  /** A pipe that is read at once. */
  | { readonly kind: 'pipe' }
  /** A pipe that is read evenly over this time. */
  | { readonly kind: 'slow'; readonly overMs: number }
  /** A pipe whose reader leaves after this many bytes. */
  | { readonly kind: 'closed'; readonly afterBytes: number }
  /** A file on a disk that has room for so many bytes. */
  | { readonly kind: 'full'; readonly roomBytes: number }

export interface Edge {
  readonly input: Input
  readonly output: Output
}

/** When the fault strikes. One that has not struck when both commands have ended is left out. */
export type Moment =
  /** So long after the opening command was started. */
  | { readonly after: 'start'; readonly ms: number }
  /** So long after the accepting command said that it is connected. */
  | { readonly after: 'connected'; readonly ms: number }
  /** When this part of the bytes of the larger direction has come out. */
  | { readonly after: 'bytes'; readonly fraction: number }
  /** So long after all that was given so far has come out on both sides: while the commands tell each other that it is complete. */
  | { readonly after: 'delivered'; readonly ms: number }

export type Fault =
  | { readonly kind: 'none' }
  | { readonly kind: 'signal'; readonly signal: EndSignal; readonly side: Side; readonly at: Moment }
  /** The process is stopped, and goes on after this time. */
  | { readonly kind: 'stop'; readonly process: ProcessOf; readonly forMs: number; readonly at: Moment }
  /** The daemon is ended, and started again so long after it has gone. */
  | {
      readonly kind: 'daemon'
      readonly signal: EndSignal
      readonly side: Side
      readonly backAfterMs: number
      readonly at: Moment
    }
  /** All connections between the daemons are reset. */
  | { readonly kind: 'reset'; readonly at: Moment }
  /** Nothing passes between the daemons for this time. */
  | { readonly kind: 'hold'; readonly forMs: number; readonly at: Moment }

export type EndSignal = 'SIGKILL' | 'SIGTERM' | 'SIGINT'

export interface Network {
  /** Each way. */
  readonly delayMs: number
  /** Each way; undefined for a network that sets no limit. */
  readonly bytesPerSecond: number | undefined
}

export interface Case {
  readonly seed: number
  readonly index: number
  /** The side of the daemon that dials; the other one listens. Both can open a pipe. */
  readonly dialer: Side
  readonly network: Network
  readonly opener: Edge
  readonly accepter: Edge
  readonly fault: Fault
}

/** How many bytes the command is given in all. */
export function inputBytes(input: Input): number {
  if (input.kind === 'empty') return 0
  return input.bytes + (input.kind === 'idle' && input.later !== 'silence' ? input.later.endAfterBytes : 0)
}

/** Whether the fault ends a process that the pipe needs. */
export function isFatal(fault: Fault): fault is Extract<Fault, { kind: 'signal' | 'daemon' }> {
  return fault.kind === 'signal' || fault.kind === 'daemon'
}

/** The case in one line. */
export function describeCase(plan: Case): string {
  const { network, fault, dialer } = plan
  const rate = network.bytesPerSecond === undefined ? '' : ` ${network.bytesPerSecond / 1_000} kB/s`
  const edges = sides.map((side) => `${side} ${describeInput(plan[side].input)} > ${describeOutput(plan[side].output)}`)
  return `${edges.join(', ')}; ${network.delayMs} ms${rate}, ${dialer} dials; ${describeFault(fault)}`
}

function describeInput(input: Input): string {
  switch (input.kind) {
    case 'empty':
      return 'empty'
    case 'file':
      return `file(${input.bytes})`
    case 'pipe':
      return `pipe(${input.bytes}${input.waitMs === 0 ? '' : ` after ${input.waitMs} ms`})`
    case 'idle':
      return `idle(${input.bytes}, then ${input.later === 'silence' ? 'silence' : `${input.later.endAfterBytes} and the end`})`
    case 'terminal':
      return `terminal(${input.bytes}${input.ends ? ' and ^D' : ''})`
  }
}

function describeOutput(output: Output): string {
  switch (output.kind) {
    case 'file':
    case 'pipe':
      return output.kind
    case 'slow':
      return `slow(over ${output.overMs} ms)`
    case 'closed':
      return `closed(after ${output.afterBytes})`
    case 'full':
      return `full(room for ${output.roomBytes})`
  }
}

function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case 'none':
      return 'no fault'
    case 'signal':
      return `${fault.signal} of the ${fault.side} ${describeMoment(fault.at)}`
    case 'stop':
      return `SIGSTOP of the ${fault.process.side}'s ${fault.process.role} for ${fault.forMs} ms ${describeMoment(fault.at)}`
    case 'daemon':
      return `${fault.signal} of the ${fault.side}'s daemon ${describeMoment(fault.at)}, back after ${fault.backAfterMs} ms`
    case 'reset':
      return `connections reset ${describeMoment(fault.at)}`
    case 'hold':
      return `nothing passes for ${fault.forMs} ms ${describeMoment(fault.at)}`
  }
}

function describeMoment(at: Moment): string {
  return at.after === 'bytes'
    ? `after ${Math.round(at.fraction * 100)} % of the bytes`
    : `${at.ms} ms after ${at.after}`
}
