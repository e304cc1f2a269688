/** What a node has done since it was opened. The hot path adds to these numbers, and nothing more. */
export class Counters {
  /** Attempts to reach a peer. */
  dialAttempts = 0
  /** Streams that were opened, by either side. */
  streamsOpened = 0
  /** Probes of all links. */
  probesAnswered = 0
  probesMissed = 0
}
