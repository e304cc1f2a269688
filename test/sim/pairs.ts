import type { Layout } from './plan.ts'

/** The pairs of a layout, each once. */
export function pairsOf({ paths }: Layout): (readonly [number, number])[] {
  return paths.filter((path) => path.interface === 0).map(({ ends }) => ends)
}

/** The nodes that `node` is paired with. */
export function neighboursOf(layout: Layout, node: number): number[] {
  return pairsOf(layout).flatMap(([one, other]) => (one === node ? [other] : other === node ? [one] : []))
}
