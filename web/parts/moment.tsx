import { moment, span } from '../../src/format/figures.ts'
import { useDashboard } from './context.ts'

/** A moment, with the whole of it for those who point at it. */
export function Moment({ atMs }: { atMs: number }) {
  const { nowMs } = useDashboard()
  const date = new Date(atMs)
  return (
    <time dateTime={date.toISOString()} title={date.toString()}>
      {moment(atMs, nowMs.value)}
    </time>
  )
}

/** How long ago something was; counts along. */
export function Ago({ atMs }: { atMs: number }) {
  const { nowMs } = useDashboard()
  const date = new Date(atMs)
  return (
    <time dateTime={date.toISOString()} title={date.toString()}>
      {span(nowMs.value - atMs)} ago
    </time>
  )
}
