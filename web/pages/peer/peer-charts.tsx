import { useState } from 'preact/hooks'
import type { HealthHistory, OutageList, PeerView } from '../../../src/daemon/contract/peer.ts'
import { milliseconds } from '../../../src/format/figures.ts'
import { curve } from '../../charts/curve.ts'
import { TimeChart } from '../../charts/time-chart.tsx'
import { HOUR_MS, type Sample } from '../../model/samples.ts'
import { useDashboard } from '../../parts/context.ts'

const SHORT_MS = 5 * 60_000
const spans = [
  { spanMs: SHORT_MS, text: '5 min' },
  { spanMs: HOUR_MS, text: '1 h' },
]

interface PeerChartsProps {
  readonly peer: PeerView
  readonly history: HealthHistory['entries']
  readonly outages: OutageList['outages']
}

/** Round trip and score over time, with the losses in them. */
export function PeerCharts({ peer, history, outages }: PeerChartsProps) {
  const dashboard = useDashboard()
  const toMs = dashboard.nowMs.value
  // A node that has just been started has no hour to show.
  const isYoung = toMs - (dashboard.status.value?.startedAtMs ?? 0) < 4 * SHORT_MS
  const [spanMs, setSpanMs] = useState(isYoung ? SHORT_MS : HOUR_MS)
  const fromMs = toMs - spanMs
  const aways = outages.map(({ lostAtMs, recoveredAtMs }) => ({ fromMs: lostAtMs, toMs: recoveredAtMs }))
  const samples = dashboard.samples.withHistory(peer.id, history)
  const shown = samples.filter(({ atMs }) => atMs >= fromMs)
  const losses = aways.filter((away) => (away.toMs ?? toMs) >= fromMs).length
  const common = { aways, fromMs, toMs }
  return (
    <section class="card padded" aria-labelledby="over-time">
      <div class="section-head">
        <h2 id="over-time">Over time</h2>
        <fieldset class="choice">
          <legend class="unseen">How far back</legend>
          {spans.map((choice) => (
            <label key={choice.text}>
              <input
                type="radio"
                name="span"
                checked={choice.spanMs === spanMs}
                onChange={() => setSpanMs(choice.spanMs)}
              />
              <span>{choice.text}</span>
            </label>
          ))}
        </fieldset>
      </div>
      <TimeChart
        {...common}
        title="Round trip"
        description={described(shown, ({ roundTripMs }) => roundTripMs, milliseconds, losses)}
        curve={curve(samples, ({ roundTripMs }) => roundTripMs, aways)}
        format={milliseconds}
      />
      <TimeChart
        {...common}
        title="Health score"
        description={described(shown, ({ score }) => score, String, losses)}
        curve={curve(samples, ({ score }) => score, aways)}
        format={(value) => String(Math.round(value))}
        max={100}
      />
      <p class="chart-key">
        <span class="key-loss" aria-hidden="true">
          ✕
        </span>{' '}
        a loss; the strip below it lasts until the peer was back. A curve has a gap where nothing was measured.
      </p>
    </section>
  )
}

/** A chart in a sentence. */
function described(
  samples: readonly Sample[],
  value: (sample: Sample) => number | null,
  format: (value: number) => string,
  losses: number,
): string {
  const values = samples.flatMap((sample) => value(sample) ?? [])
  const last = values.at(-1)
  const lost = `${losses} ${losses === 1 ? 'loss' : 'losses'}`
  if (last === undefined) return `nothing was measured; ${lost}`
  return `from ${format(Math.min(...values))} to ${format(Math.max(...values))}, at last ${format(last)}; ${lost}`
}
