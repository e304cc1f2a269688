import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { awayMarks } from './away-marks.ts'
import type { Away, Curve } from './curve.ts'
import { onSchemeChange, palette } from './palette.ts'
import { clockTime, timeLabels } from './time-labels.ts'

const HEIGHT = 170

export interface TimeChartProps {
  readonly title: string
  /** What the chart shows, in a sentence, for those who do not see it. */
  readonly description: string
  readonly curve: Curve
  readonly aways: readonly Away[]
  readonly fromMs: number
  readonly toMs: number
  readonly format: (value: number) => string
  /** The upper end of the scale; default: as the values need it. */
  readonly max?: number
}

/** A curve over time, in which losses are marked and gaps stay open. */
export function TimeChart(props: TimeChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const readout = useRef<HTMLParagraphElement>(null)
  const latest = useRef(props)
  const plot = useRef<uPlot | undefined>(undefined)
  latest.current = props

  useEffect(() => {
    const draw = (): void => {
      plot.current?.destroy()
      if (place.current === null) return
      plot.current = newPlot(
        place.current,
        () => latest.current,
        (text) => {
          if (readout.current !== null) readout.current.textContent = text
        },
      )
    }
    draw()
    const sizes = new ResizeObserver(([entry]) => {
      if (entry !== undefined) plot.current?.setSize({ width: Math.floor(entry.contentRect.width), height: HEIGHT })
    })
    if (place.current !== null) sizes.observe(place.current)
    const stop = onSchemeChange(draw)
    return () => {
      stop()
      sizes.disconnect()
      plot.current?.destroy()
      plot.current = undefined
    }
  }, [])

  useEffect(() => {
    plot.current?.setData([props.curve.xs, props.curve.ys], false)
    plot.current?.setScale('x', { min: props.fromMs / 1_000, max: props.toMs / 1_000 })
  })

  return (
    <figure class="chart">
      <figcaption>
        <h3>{props.title}</h3>
        <p class="chart-readout" ref={readout} aria-hidden="true" />
      </figcaption>
      <div class="chart-place" ref={place} role="img" aria-label={`${props.title}: ${props.description}`} />
    </figure>
  )
}

function newPlot(place: HTMLElement, props: () => TimeChartProps, read: (text: string) => void): uPlot {
  const colours = palette(place)
  const axis: uPlot.Axis = {
    stroke: colours.inkSoft,
    grid: { stroke: colours.line, width: 1 },
    ticks: { show: false },
    font: `12px ${getComputedStyle(place).fontFamily}`,
  }
  const options: uPlot.Options = {
    width: Math.floor(place.clientWidth),
    height: HEIGHT,
    legend: { show: false },
    padding: [12, 28, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: { x: { time: false }, y: { range: (_, _min, max) => [0, props().max ?? roundedUp(max)] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 28,
        space: 70,
        incrs: [30, 60, 120, 300, 600, 900, 1_800],
        values: (_, at, __, ___, step) => timeLabels(at, step),
      },
      { ...axis, size: 58, space: 36, values: (_, values) => values.map((value) => props().format(value)) },
    ],
    series: [
      {},
      {
        stroke: colours.accent,
        width: 1.75,
        fill: colours.accentSoft,
        points: { show: true, size: 4, fill: colours.accent, stroke: colours.accent, filter: lonely },
      },
    ],
    hooks: {
      setCursor: [(chart) => read(reading(chart, props().format))],
    },
    plugins: [awayMarks(() => ({ aways: props().aways, nowMs: props().toMs }), colours)],
  }
  const { curve } = props()
  return new uPlot(options, [curve.xs, curve.ys], place)
}

/** Points without a neighbour are drawn, since no line leads to them. */
function lonely(chart: uPlot, seriesIndex: number): number[] {
  const ys = chart.data[seriesIndex] ?? []
  const isThere = (index: number): boolean => ys[index] !== null && ys[index] !== undefined
  return [...ys.keys()].filter((index) => isThere(index) && !isThere(index - 1) && !isThere(index + 1))
}

function reading(chart: uPlot, format: (value: number) => string): string {
  const { idx } = chart.cursor
  const at = idx === null || idx === undefined ? undefined : chart.data[0][idx]
  const value = idx === null || idx === undefined ? undefined : chart.data[1]?.[idx]
  return at === undefined || value === null || value === undefined ? '' : `${clockTime(at)}  ${format(value)}`
}

/** The ends that a scale may have, in powers of ten; few, so that it does not move with every sample. */
const ends = [1, 1.5, 2, 3, 4, 6, 8, 10, 15]

function roundedUp(value: number | null): number {
  if (value === null || value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return power * (ends.find((end) => end * power >= value * 1.05) ?? 20)
}
