import { useDashboard } from '../parts/context.ts'

/** What the page has to tell in passing, at its lower edge. */
export function NoticeList() {
  const { notices } = useDashboard()
  return (
    <ul class="notices" aria-live="polite">
      {notices.all.value.map(({ key, kind, text }) => (
        <li key={key} class={`notice ${kind}`}>
          <span>
            {kind === 'failure' && <strong>That did not work. </strong>}
            {text}
          </span>
          <button type="button" class="button small" onClick={() => notices.dismiss(key)}>
            Dismiss
          </button>
        </li>
      ))}
    </ul>
  )
}
