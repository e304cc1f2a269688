// The protocol `pipe/2`: standard input and output of two commands, joined by one stream, with an end that is said and a delivery that is confirmed
// (SPEC.md, section 19).

export const pipeProtocol = 'pipe/2'

/** The protocol of earlier versions: bytes as they are, without a confirmation. It is recognised and refused. */
export const unconfirmedPipeProtocol = 'pipe/1'

/** Codes of RESET. Below 256 they are those of SPEC.md, section 6. */
export const pipeResets = {
  /** The command was ended: by a signal, by Ctrl-C, or because its process died. */
  aborted: 1,
  noHandler: 2,
  notAllowed: 3,
  /** The accepting side has a pipe already. */
  busy: 256,
  /** The accepting side waits for another peer. */
  notExpected: 257,
  /** The program that read the standard output of that side has ended. */
  readerGone: 258,
  /** The standard output of that side could not be written. */
  outputFailed: 259,
  /** The disk under the standard output of that side is full. */
  outputFull: 260,
  /** The standard input of that side could not be read. */
  inputFailed: 261,
  /** What came is no valid sequence of frames. */
  violation: 262,
  /** The other side speaks `pipe/1` alone. */
  tooOld: 263,
} as const

/** Why a command gives a pipe up, as the API of a daemon names it. */
export const pipeAborts = {
  aborted: pipeResets.aborted,
  'reader-gone': pipeResets.readerGone,
  'output-failed': pipeResets.outputFailed,
  'output-full': pipeResets.outputFull,
  'input-failed': pipeResets.inputFailed,
  violation: pipeResets.violation,
} as const

export type PipeAbort = keyof typeof pipeAborts
