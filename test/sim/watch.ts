import { bothSidesOf, lastingOneSidedLinks, NEWS_OF_LINKS_MS } from './agreement.ts'
import { interfaceOf } from './names.ts'
import { type Recovery, recoveries } from './recovery.ts'
import type { StreamRecord } from './stream-record.ts'
import type { Stage } from './strike.ts'

/** After recovery, for links that have become superfluous to be closed, but for the news of it. */
const AGREE_MS = 2_000

/** Watches the ticker of a plan: bytes must move again in time after each fault, and both sides then agree on their links. */
export function watchRecovery(
  stage: Stage,
  ticker: () => StreamRecord | undefined,
  report: (problem: string) => void,
): void {
  const { clock } = stage
  for (const recovery of recoveries(stage.plan)) {
    const { fault, fromMs, byMs, byOtherLink } = recovery
    // A moment before it, as the fault itself may come first otherwise.
    clock.after(fault.atMs - 1, () => {
      if (byOtherLink && !hasTwoPaths(stage)) return
      clock.after(fromMs - clock.now(), () => expectArrival(stage, recovery, ticker(), report))
      if (!byOtherLink) clock.after(byMs + AGREE_MS - clock.now(), () => expectAgreement(stage, report))
    })
  }
}

/** What has been written to the ticker by now must arrive in time. */
function expectArrival(
  { clock }: Stage,
  { fault, fromMs, byMs, byOtherLink }: Recovery,
  ticker: StreamRecord | undefined,
  report: (problem: string) => void,
): void {
  const written = ticker?.directions.map((direction) => direction.written) ?? []
  clock.after(byMs - fromMs, () => {
    for (const [at, direction] of ticker?.directions.entries() ?? []) {
      if (direction.read >= written[at]!) continue
      const where = byOtherLink ? 'into, with another link beside it,' : 'after'
      report(`${byMs - fromMs} ms ${where} ${JSON.stringify(fault)} bytes written before have not arrived`)
    }
  })
}

/** Each link that one side alone has must soon be gone, or be the other side's as well. */
function expectAgreement({ clock, machines }: Stage, report: (problem: string) => void): void {
  const [alice, bob] = [machines[0]!, machines[1]!]
  const before = bothSidesOf(alice, bob)
  clock.after(NEWS_OF_LINKS_MS, () => {
    const now = bothSidesOf(alice, bob)
    if (lastingOneSidedLinks(before, now).length > 0)
      report(`alice has the links ${now?.here.join()}, and bob ${now?.there.join()}`)
  })
}

/** Both nodes have a link over each of two interfaces. */
function hasTwoPaths({ machines }: Stage): boolean {
  const [alice, bob] = [machines[0]!, machines[1]!]
  const suffix = interfaceOf(1, '.')
  return [alice.node?.peer(bob.id), bob.node?.peer(alice.id)].every((peer) => {
    const second = peer?.links.filter(({ address }) => address.includes(`${suffix}:`)).length ?? 0
    return second > 0 && second < (peer?.links.length ?? 0)
  })
}
