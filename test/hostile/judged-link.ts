import type { KeepAlive } from '../../src/core/health/keep-alive.ts'
import { LinkHealth } from '../../src/core/health/link-health.ts'
import { Liveness } from '../../src/core/health/liveness.ts'
import { defaultLivenessLimits } from '../../src/core/health/liveness-limits.ts'

export interface JudgedLinkOptions {
  readonly random?: () => number
  readonly drainMs?: number
  readonly keepAlive?: KeepAlive
  /** What each of its samples was until now. */
  readonly sampleMs?: number
}

/** A link whose round trip is known: its probe timeout is 75 ms unless other samples are given. */
export function judgedLink(options: JudgedLinkOptions = {}): {
  liveness: Liveness
  health: LinkHealth
  probed: boolean[]
} {
  const { random = () => 0.5, drainMs = 0, keepAlive = { mode: 'adaptive' }, sampleMs = 40 } = options
  const health = new LinkHealth()
  for (let count = 0; count < 300; count++) health.sample(sampleMs, 0)
  const probed: boolean[] = []
  const liveness = new Liveness(0, {
    health,
    limits: defaultLivenessLimits,
    keepAlive,
    random,
    link: { drainMs, probed: (answered) => probed.push(answered) },
  })
  return { liveness, health, probed }
}

/** Lets the link judge itself at every deadline until `untilMs`; answers what it said and when. */
export function run(liveness: Liveness, untilMs: number): [atMs: number, verdict: string][] {
  const verdicts: [number, string][] = []
  for (let atMs = liveness.deadlineMs(); atMs <= untilMs; atMs = liveness.deadlineMs()) {
    const verdict = liveness.advance(atMs)
    if (verdict === 'fine' && liveness.deadlineMs() <= atMs)
      throw new Error(`At its deadline, ${atMs}, it has nothing to say`)
    if (verdict !== 'fine') verdicts.push([atMs, verdict])
    if (verdict === 'ping' || (verdict === 'suspect' && liveness.probesAtOnce)) liveness.pingSent(atMs)
    if (verdict === 'no-answer' || verdict === 'acknowledgement-stalled') break
  }
  return verdicts
}

/** A link whose first ping was answered, so that it rests. */
export function resting(options: JudgedLinkOptions = {}): Liveness {
  const { liveness } = judgedLink(options)
  liveness.pongReceived(liveness.pingSent(0), 40)
  liveness.heard(40)
  return liveness
}
