import { useId, useState } from 'preact/hooks'
import type { PeerView } from '../../../src/daemon/contract/peer.ts'
import { useDashboard } from '../../parts/context.ts'
import { goTo, peerAddress } from '../../router.ts'

/** Takes the ticket that another machine made. */
export function UseTicket() {
  const dashboard = useDashboard()
  const [ticket, setTicket] = useState('')
  const [isBusy, setBusy] = useState(false)
  const fieldId = useId()
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    const body = { ticket: ticket.trim() }
    const paired = await dashboard.act((client) => client.post<PeerView>('pairings', body, { isSlow: true }))
    setBusy(false)
    if (paired === undefined) return
    dashboard.notices.add('news', `Paired with ${paired.done.name}.`)
    goTo(peerAddress(paired.done.id))
  }
  return (
    <section class="card padded" aria-labelledby="use-ticket">
      <h2 id="use-ticket">Use a ticket</h2>
      <form onSubmit={(event) => void submit(event)}>
        <label htmlFor={fieldId}>The ticket that the other machine made</label>
        <textarea
          id={fieldId}
          class="mono"
          rows={3}
          required
          spellcheck={false}
          autocomplete="off"
          value={ticket}
          onInput={(event) => setTicket(event.currentTarget.value)}
        />
        <div class="actions">
          <button
            type="submit"
            class="button main"
            aria-busy={isBusy}
            disabled={isBusy || ticket.trim() === '' || !dashboard.isLive.value}
          >
            {isBusy ? 'Pairing …' : 'Pair'}
          </button>
        </div>
      </form>
    </section>
  )
}
