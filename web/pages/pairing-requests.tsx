import type { PairingRequestList, PairingRequestView } from '../../src/daemon/contract/pairing.ts'
import { span } from '../../src/format/figures.ts'
import { Action } from '../parts/action.tsx'
import { useDashboard, useResource } from '../parts/context.ts'
import { Dialog } from '../parts/dialog.tsx'

/** Shows each pairing by code over whatever page is open, until it is decided; a notice tells what came of it. */
export function PairingRequests() {
  const requests = useResource<PairingRequestList>('pairing-requests', ({ type }) => type.startsWith('pairing:'))
  const request = requests.value.value?.requests.find(({ state }) => state === 'comparing' || state === 'confirmed')
  return request === undefined ? null : <RequestDialog key={request.id} request={request} />
}

function RequestDialog({ request }: { request: PairingRequestView }) {
  const { id, name, direction, state } = request
  const isComparing = state === 'comparing'
  const shown = <bdi>{name}</bdi>
  return (
    <Dialog
      title={direction === 'inbound' ? <>{shown} wants to pair</> : <>Pairing with {shown}</>}
      // A stray press of Escape is no answer to a question about trust.
      onClose={() => undefined}
    >
      <Digits request={request} />
      <p role="status">
        {isComparing ? 'Do both screens show these digits?' : <>You said yes. Waiting for the person at {shown} …</>}
      </p>
      <div class="actions end">
        <Action deed={(client) => client.post(`pairing-requests/${id}/reject`)}>
          {isComparing ? 'No, stop' : 'Stop'}
        </Action>
        {isComparing && (
          <Action kind="main" deed={(client) => client.post(`pairing-requests/${id}/confirm`)}>
            Yes, they are the same
          </Action>
        )}
      </div>
    </Dialog>
  )
}

function Digits({ request: { code, address, expiresAtMs } }: { request: PairingRequestView }) {
  const { nowMs } = useDashboard()
  return (
    <>
      <p class="digits" aria-label={`The code ${code.split('').join(' ')}`} role="img">
        <span>{code.slice(0, 3)}</span>
        <span>{code.slice(3)}</span>
      </p>
      <p class="soft">
        {address}; {span(Math.max(0, expiresAtMs - nowMs.value))} left.
      </p>
    </>
  )
}
