import { Invitation } from './pair/invitation.tsx'
import { NearbyNodes } from './pair/nearby-nodes.tsx'
import { UseTicket } from './pair/use-ticket.tsx'

/** The ways in which two machines become peers. */
export function PairPage() {
  return (
    <>
      <div class="title-row">
        <h1>Pair a machine</h1>
      </div>
      <p class="lead">Once is enough: from then on the two know each other by their keys, wherever they are.</p>
      <div class="ways">
        <Invitation />
        <UseTicket />
        <NearbyNodes />
      </div>
    </>
  )
}
