import { encode } from 'uqr'

/** Modules of quiet around the code, as ISO/IEC 18004 asks. */
const BORDER = 4

/** A text as a QR code: black on white in every colour scheme, or cameras do not find it. */
export function Qr({ text, label }: { text: string; label: string }) {
  const { data, size } = encode(text, { border: BORDER, ecc: 'L' })
  const path = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : []))).join('')
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <path d={path} />
    </svg>
  )
}
