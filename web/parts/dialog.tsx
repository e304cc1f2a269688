import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'

interface DialogProps {
  readonly title: ComponentChildren
  /** Escape was pressed. */
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** A dialog over the page. The browser keeps the focus in it, and gives it back at the end. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    const dialog = element.current
    const before = document.activeElement
    dialog?.showModal()
    return () => {
      dialog?.close()
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  const cancelled = (event: Event): void => {
    event.preventDefault()
    onClose()
  }
  return (
    <dialog ref={element} class="dialog" aria-labelledby={titleId} onCancel={cancelled}>
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>
  )
}
