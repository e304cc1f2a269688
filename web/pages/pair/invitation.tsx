import { useState } from 'preact/hooks'
import type { TicketView } from '../../../src/daemon/contract/pairing.ts'
import { span } from '../../../src/format/figures.ts'
import { Action } from '../../parts/action.tsx'
import { useDashboard } from '../../parts/context.ts'
import { Copy } from '../../parts/copy.tsx'
import { Qr } from '../../parts/qr.tsx'

/** Makes a ticket and shows it, as text and as a code for a camera. */
export function Invitation() {
  const [ticket, setTicket] = useState<TicketView | undefined>(undefined)
  return (
    <section class="card padded" aria-labelledby="invite">
      <h2 id="invite">Invite it with a ticket</h2>
      <p class="soft">
        A ticket is an invitation for one machine, good for five minutes. Who has it first is the one; show it to nobody
        else.
      </p>
      {ticket === undefined ? null : <Shown ticket={ticket} />}
      <div class="actions">
        <Action
          kind={ticket === undefined ? 'main' : 'plain'}
          deed={(client) => client.post<TicketView>('tickets', {})}
          onDone={setTicket}
        >
          {ticket === undefined ? 'Make a ticket' : 'Make another one'}
        </Action>
      </div>
    </section>
  )
}

function Shown({ ticket: { ticket, expiresAtMs } }: { ticket: TicketView }) {
  const { nowMs } = useDashboard()
  const leftMs = expiresAtMs - nowMs.value
  if (leftMs <= 0) return <p role="status">This ticket has expired.</p>
  return (
    <div class="ticket">
      <Qr text={ticket} label="The ticket as a QR code" />
      <div class="ticket-text">
        <p class="label" id="ticket-label">
          On the other machine
        </p>
        <p class="mono wrap select-all" aria-labelledby="ticket-label">
          {ticket}
        </p>
        <Copy text={ticket} what="ticket" />
        <p class="soft">Good for another {span(leftMs)}.</p>
      </div>
    </div>
  )
}
