import { nowMs } from '../clock.ts'
import { median } from '../statistics.ts'

/** Runs `operation` again and again, and answers with the median time of those after the warm-up, in microseconds. */
export async function medianMicroseconds(operation: () => Promise<void>, count: number): Promise<number> {
  const times: number[] = []
  const warmUp = Math.ceil(count / 5)
  for (let index = -warmUp; index < count; index++) {
    const startMs = nowMs()
    await operation()
    if (index >= 0) times.push(nowMs() - startMs)
  }
  return median(times) * 1_000
}
