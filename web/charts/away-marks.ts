import type uPlot from 'uplot'
import type { Away } from './curve.ts'
import type { Palette } from './palette.ts'

const MARK_SIZE = 5

/** Draws the times at which the peer was away: a hatched strip, with a cross above its beginning. */
export function awayMarks(shown: () => { aways: readonly Away[]; nowMs: number }, colours: Palette): uPlot.Plugin {
  return {
    hooks: {
      drawClear: (chart) => {
        const { ctx, bbox } = chart
        ctx.save()
        ctx.beginPath()
        ctx.rect(bbox.left, 0, bbox.width, bbox.top + bbox.height)
        ctx.clip()
        const { aways, nowMs } = shown()
        for (const { fromMs, toMs } of aways) {
          const left = chart.valToPos(fromMs / 1_000, 'x', true)
          const right = chart.valToPos((toMs ?? nowMs) / 1_000, 'x', true)
          ctx.fillStyle = colours.lossSoft
          ctx.fillRect(left, bbox.top, Math.max(1, right - left), bbox.height)
          drawCross(ctx, left, bbox.top - MARK_SIZE * devicePixelRatio, colours.loss)
        }
        ctx.restore()
      },
    },
  }
}

function drawCross(ctx: CanvasRenderingContext2D, x: number, y: number, colour: string): void {
  const half = (MARK_SIZE * devicePixelRatio) / 1.6
  ctx.strokeStyle = colour
  ctx.lineWidth = 2 * devicePixelRatio
  ctx.beginPath()
  ctx.moveTo(x - half, y - half)
  ctx.lineTo(x + half, y + half)
  ctx.moveTo(x - half, y + half)
  ctx.lineTo(x + half, y - half)
  ctx.stroke()
}
