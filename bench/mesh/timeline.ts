// What became of a mesh, from the links that its nodes saw come and go.

/** At one node, one link to one peer came or went. Nodes are numbers. */
export type LinkEvent = readonly [atMs: number, node: number, peer: number, change: 1 | -1, outbound: 0 | 1]

export interface MeshResult {
  readonly nodes: number
  /** At the end. */
  readonly links: number
  /** Pairs that had more than one link, at either side, at any time after the full mesh stood. */
  readonly duplicates: number
  /** Pairs that at any time after the full mesh stood had none, at either side. */
  readonly lost: number
  /** Links that were made beyond the first of each pair. */
  readonly extraLinks: number
  /** From the common start until every pair was connected at both sides; null if that never was. */
  readonly connectedMs: number | null
  /** From the common start until every pair was connected by exactly one link at both sides; null if that never was. */
  readonly fullMeshMs: number | null
}

export function evaluateMesh(nodes: number, startMs: number, events: readonly LinkEvent[]): MeshResult {
  const counts = new Map<number, number>()
  const duplicates = new Set<number>()
  const lost = new Set<number>()
  const wanted = nodes * (nodes - 1)
  let exact = 0
  let linked = 0
  const connected = new Set<number>()
  let made = 0
  let outboundLinks = 0
  let linkedMs: number | undefined
  let fullMs: number | undefined
  for (const [atMs, node, peer, change, outbound] of events.toSorted((a, b) => a[0] - b[0])) {
    const end = node * nodes + peer
    const before = counts.get(end) ?? 0
    const after = before + change
    counts.set(end, after)
    exact += Number(after === 1) - Number(before === 1)
    linked += Number(after > 0) - Number(before > 0)
    if (linked === wanted) linkedMs ??= atMs
    if (outbound === 1) outboundLinks += change
    const pair = Math.min(node, peer) * nodes + Math.max(node, peer)
    if (outbound === 1 && change === 1) {
      made++
      connected.add(pair)
    }
    if (fullMs === undefined) {
      if (exact === wanted) fullMs = atMs
      continue
    }
    if (after > 1) duplicates.add(pair)
    if (after === 0) lost.add(pair)
  }
  return {
    nodes,
    links: outboundLinks,
    duplicates: duplicates.size,
    lost: lost.size,
    extraLinks: made - connected.size,
    connectedMs: linkedMs === undefined ? null : linkedMs - startMs,
    fullMeshMs: fullMs === undefined ? null : fullMs - startMs,
  }
}
