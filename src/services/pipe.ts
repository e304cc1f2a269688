// The protocol `pipe/1`: one stream, whose bytes in each direction are one side's standard input. There is nothing else on the wire
// but these codes of reset.

export const pipeProtocol = 'pipe/1'

/** Below 256 the codes are those of SPEC.md, section 6. */
export const pipeResets = {
  /** The command was ended, by Ctrl-C for example. */
  aborted: 1,
  noHandler: 2,
  notAllowed: 3,
  /** The accepting side has a pipe already. */
  busy: 256,
  /** The accepting side waits for another peer. */
  notExpected: 257,
  /** What read the standard output of that side has ended. */
  readerGone: 258,
} as const
