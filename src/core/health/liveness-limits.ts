/** How loss is told from slowness (SPEC.md, section 8). Times in milliseconds. */
export interface LivenessLimits {
  readonly suspectMsMin: number
  readonly suspectMsMax: number
  /** Silence after which a suspect link is lost, if its probes were not answered either. */
  readonly lostMs: number
  readonly probesBeforeLost: number
  readonly probeIntervalMs: number
  /** Bytes arrive, but acknowledgements do not. */
  readonly acknowledgementMs: number
  /** Between pings of a busy link, for its round-trip time. */
  readonly busyPingMs: number
  /** Silence after which the first frame is accompanied by a ping. */
  readonly longIdleMs: number
}

export const defaultLivenessLimits: LivenessLimits = {
  suspectMsMin: 600,
  suspectMsMax: 3_000,
  lostMs: 15_000,
  probesBeforeLost: 3,
  probeIntervalMs: 1_000,
  acknowledgementMs: 30_000,
  busyPingMs: 1_000,
  longIdleMs: 10_000,
}
