import type { Contestant, ContestantName } from '../contestant.ts'

const loaders: Record<ContestantName, () => Promise<Contestant>> = {
  holdfast: async () => (await import('./holdfast.ts')).holdfast,
  tls: async () => (await import('./tls.ts')).tls,
  libp2p: async () => (await import('./libp2p.ts')).libp2p,
  iroh: async () => (await import('./iroh.ts')).iroh,
}

/** Loads one contestant and nothing of the others: their code would weigh on the memory that is measured. */
export function loadContestant(name: ContestantName): Promise<Contestant> {
  return loaders[name]()
}
