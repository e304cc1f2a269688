import type { ComponentChildren } from 'preact'
import type { Client } from '../daemon/client.ts'
import { Action } from './action.tsx'
import { Dialog } from './dialog.tsx'

interface ConfirmDialogProps {
  readonly title: ComponentChildren
  /** What it means. */
  readonly children: ComponentChildren
  /** What the button says. */
  readonly verb: string
  readonly deed: (client: Client) => Promise<unknown>
  readonly onDone: () => void
  readonly onClose: () => void
}

/** Asks before something is done that no single press undoes. */
export function ConfirmDialog({ title, children, verb, deed, onDone, onClose }: ConfirmDialogProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{children}</p>
      <div class="actions end">
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
        <Action kind="danger" deed={deed} onDone={onDone}>
          {verb}
        </Action>
      </div>
    </Dialog>
  )
}
