import type { Stage } from '../scenarios/scenario.ts'
import type { HolderName, HolderOptions } from './holder.ts'

export const MODES = ['adaptive', 'fixed', 'tcp'] as const

/** Who is looked at, beside others. */
export interface Subject {
  readonly label: string
  readonly name: HolderName
  readonly options: HolderOptions
}

/** Holdfast in each mode of keep-alive, plain TLS with the kernel's, and js-libp2p as it comes. */
export function allSubjects(stage: Stage): Subject[] {
  return [
    ...MODES.map((mode): Subject => ({ label: mode, name: 'holdfast', options: { keepAlive: { mode } } })),
    { label: 'tls', name: 'tls', options: {} },
    ...(stage.has('libp2p') ? [{ label: 'libp2p', name: 'libp2p', options: {} } as const] : []),
  ]
}
