import { useState } from 'preact/hooks'

/** Puts a text on the clipboard, and says that it did. */
export function Copy({ text, what }: { text: string; what: string }) {
  const [outcome, setOutcome] = useState('')
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text)
      setOutcome('Copied')
    } catch {
      // A page that is not on a secure origin has no clipboard; the text can be marked by hand.
      setOutcome('Not copied: mark the text and copy it')
    }
  }
  return (
    <span class="copy">
      <button type="button" class="button" onClick={() => void copy()}>
        Copy {what}
      </button>
      <span role="status">{outcome}</span>
    </span>
  )
}
