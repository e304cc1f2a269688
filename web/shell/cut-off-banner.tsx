import { moment, span } from '../../src/format/figures.ts'
import { useDashboard } from '../parts/context.ts'

/** Says that what is seen is old, of when it is, and when the page tries again. */
export function CutOffBanner() {
  const dashboard = useDashboard()
  const contact = dashboard.contact.value
  if (contact.kind !== 'cut-off') return <div role="alert" />
  const browserMs = dashboard.browserMs.value
  const seen = dashboard.status.value !== undefined
  return (
    <div class="banner">
      <p role="alert">
        <strong>Cut off from the daemon since {moment(contact.sinceMs, browserMs)}.</strong>{' '}
        {seen && <>What you see is from {moment(dashboard.nowMs.value, dashboard.nowMs.value)}. </>}
        If it was stopped, start it with <code>holdfast up</code>.
      </p>
      <p class="banner-retry">
        {contact.retryAtMs <= browserMs ? 'Trying again …' : `Trying again in ${span(contact.retryAtMs - browserMs)}`}
        <button type="button" class="button" onClick={() => dashboard.tryNow()}>
          Try now
        </button>
      </p>
    </div>
  )
}
