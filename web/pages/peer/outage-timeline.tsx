import { useState } from 'preact/hooks'
import type { OutageList } from '../../../src/daemon/contract/peer.ts'
import { exactSpan, span } from '../../../src/format/figures.ts'
import { useDashboard } from '../../parts/context.ts'
import { Moment } from '../../parts/moment.tsx'

type Outage = OutageList['outages'][number]

const SHOWN_AT_FIRST = 8

/** Every loss of the peer with its reason, and how long it took to come back; newest first. */
export function OutageTimeline({ outages }: { outages: readonly Outage[] | undefined }) {
  const [isComplete, setComplete] = useState(false)
  const newestFirst = outages?.toReversed() ?? []
  const shown = isComplete ? newestFirst : newestFirst.slice(0, SHOWN_AT_FIRST)
  return (
    <section class="card padded" aria-labelledby="losses">
      <h2 id="losses">Losses</h2>
      {outages?.length === 0 && <p class="soft">It was not lost since this node was started.</p>}
      {shown.length > 0 && (
        <ol class="timeline">
          {shown.map((outage) => (
            <OutageRow key={outage.lostAtMs} outage={outage} />
          ))}
        </ol>
      )}
      {shown.length < newestFirst.length && (
        <button type="button" class="button" onClick={() => setComplete(true)}>
          Show all {newestFirst.length}
        </button>
      )}
    </section>
  )
}

function OutageRow({ outage }: { outage: Outage }) {
  const { nowMs } = useDashboard()
  const { lostAtMs, recoveredAtMs, awayMs, text } = outage
  const [, cause = text, cure] = /^(.*?); (.*)$/.exec(text) ?? []
  return (
    <li class={recoveredAtMs === null ? 'outage open' : 'outage'}>
      <p class="outage-when">
        <Moment atMs={lostAtMs} />
      </p>
      <div>
        <p class="outage-cause">{cause}</p>
        {cure !== undefined && <p class="soft">{cure}</p>}
      </div>
      <p class="outage-back">
        {recoveredAtMs === null || awayMs === null ? (
          <>away for {span(nowMs.value - lostAtMs)}</>
        ) : (
          <>
            back after <strong>{exactSpan(awayMs)}</strong>
          </>
        )}
      </p>
    </li>
  )
}
