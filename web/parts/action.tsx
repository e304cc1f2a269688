import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { Client } from '../daemon/client.ts'
import { useDashboard } from './context.ts'

interface ActionProps<T> {
  /** What is asked of the daemon. A failure is told beside the page. */
  readonly deed: (client: Client) => Promise<T>
  readonly onDone?: (result: T) => void
  readonly kind?: 'plain' | 'main' | 'danger'
  readonly disabled?: boolean
  readonly children: ComponentChildren
}

/** A button that asks the daemon for something. It cannot be pressed while the daemon is busy with it, or cannot be reached. */
export function Action<T>({ deed, onDone, kind = 'plain', disabled = false, children }: ActionProps<T>) {
  const dashboard = useDashboard()
  const [busy, setBusy] = useState(false)
  const act = async (): Promise<void> => {
    setBusy(true)
    const outcome = await dashboard.act(deed)
    setBusy(false)
    if (outcome !== undefined) onDone?.(outcome.done)
  }
  return (
    <button
      type="button"
      class={`button ${kind}`}
      disabled={disabled || busy || !dashboard.isLive.value}
      aria-busy={busy}
      onClick={() => void act()}
    >
      {children}
    </button>
  )
}
